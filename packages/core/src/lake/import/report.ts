import type { Counts, EventDataStore, ImportReport, SkippedFile } from '../types.ts'
import { addCounts, NO_COUNTS } from './accounting.ts'
import type { BatchResult } from './protocol.ts'

/** Collects what an import did, batch by batch as they are committed. */
export interface ReportBuilder {
  add(result: BatchResult, counts: Counts): void
  addAlreadyImported(files: number): void
  addSkipped(files: readonly SkippedFile[]): void
  readonly filesAlreadyImported: number
  readonly counts: Counts
  readonly filesDone: number
  readonly bytesDone: number
  readonly dataFiles: number
  /** Files that the storage did not give: no ledger knows them. */
  readonly unread: number
  finish(version: number): ImportReport
}

export function createReport(options: {
  readonly importId: string
  readonly store: EventDataStore
  readonly dryRun: boolean
  readonly startedMs: number
  readonly skipped: readonly SkippedFile[]
  readonly alreadyImported: number
}): ReportBuilder {
  const skipped = [...options.skipped]
  const failures: { source: string; code: string; reason: string }[] = []
  let alreadyImported = options.alreadyImported
  let counts = NO_COUNTS
  let files = 0
  let filesDone = 0
  let bytesRead = 0
  let rawBytes = 0
  let dataFiles = 0
  let unread = 0

  return {
    add(result, batchCounts) {
      counts = addCounts(counts, batchCounts)
      dataFiles += result.staged.length
      for (const { file, status, skipped: kind, code = '', reason = '', rawBytes: raw } of result.files) {
        filesDone += 1
        bytesRead += file.size
        rawBytes += raw
        if (status === 'skipped') {
          skipped.push({ source: file.uri, kind: kind! })
          continue
        }
        files += 1
        if (status === 'unread') unread += 1
        if (status !== 'imported') failures.push({ source: file.uri, code, reason })
      }
    },
    addAlreadyImported(count) {
      alreadyImported += count
    },
    addSkipped(files) {
      skipped.push(...files)
    },
    get filesAlreadyImported() {
      return alreadyImported
    },
    get counts() {
      return counts
    },
    get filesDone() {
      return filesDone
    },
    get bytesDone() {
      return bytesRead
    },
    get dataFiles() {
      return dataFiles
    },
    get unread() {
      return unread
    },
    finish: (version) => ({
      ...counts,
      importId: options.importId,
      store: options.store,
      dryRun: options.dryRun,
      files,
      filesAlreadyImported: alreadyImported,
      filesFailed: failures.length,
      failures,
      skipped,
      bytesRead,
      rawBytes,
      dataFilesWritten: dataFiles,
      version,
      elapsedMs: Date.now() - options.startedMs,
    }),
  }
}
