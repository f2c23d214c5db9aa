import type { Counts, ImportReport, SkippedFile } from '../types.ts'
import { addCounts, NO_COUNTS } from './accounting.ts'
import type { KnownFiles } from './known-sources.ts'
import type { BatchResult, SourceFile } from './protocol.ts'
import type { ImportTarget } from './target.ts'

/** Collects what an import did, batch by batch as they are committed. */
export interface ReportBuilder {
  /** Says which files will be read. */
  expect(files: readonly Pick<SourceFile, 'uri'>[]): void
  add(result: BatchResult, counts: Counts): void
  addAlreadyImported(files: KnownFiles): void
  addSkipped(files: readonly SkippedFile[]): void
  readonly filesAlreadyImported: number
  readonly counts: Counts
  readonly filesDone: number
  readonly bytesDone: number
  /** Folders of the expected files, and those whose files are all done. */
  readonly folders: number
  readonly foldersDone: number
  readonly dataFiles: number
  /** Files that the storage did not give: no ledger knows them. */
  readonly unread: number
  finish(target: ImportTarget): ImportReport
}

export function createReport(options: {
  readonly importId: string
  readonly dryRun: boolean
  readonly startedMs: number
  readonly skipped: readonly SkippedFile[]
  readonly alreadyImported: KnownFiles
}): ReportBuilder {
  const skipped = [...options.skipped]
  const failures: { source: string; code: string; reason: string }[] = []
  let alreadyImported = 0
  let failedBefore = 0
  let counts = NO_COUNTS
  let files = 0
  let filesDone = 0
  let bytesRead = 0
  let rawBytes = 0
  let dataFiles = 0
  let unread = 0
  /** How many files of each folder are not done yet. */
  const left = new Map<string, number>()
  let foldersDone = 0

  function addAlreadyImported(files: KnownFiles): void {
    alreadyImported += files.size
    for (const { isFailed } of files.values()) if (isFailed) failedBefore += 1
  }
  addAlreadyImported(options.alreadyImported)

  return {
    expect(files) {
      for (const { uri } of files) left.set(folderOf(uri), (left.get(folderOf(uri)) ?? 0) + 1)
    },
    add(result, batchCounts) {
      counts = addCounts(counts, batchCounts)
      dataFiles += result.staged.length
      for (const { file, status, skipped: kind, code = '', reason = '', rawBytes: raw } of result.files) {
        filesDone += 1
        const others = (left.get(folderOf(file.uri)) ?? 0) - 1
        left.set(folderOf(file.uri), others)
        if (others === 0) foldersDone += 1
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
    addAlreadyImported,
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
    get folders() {
      return left.size
    },
    get foldersDone() {
      return foldersDone
    },
    get dataFiles() {
      return dataFiles
    },
    get unread() {
      return unread
    },
    finish: ({ store, events }) => ({
      ...counts,
      importId: options.importId,
      store,
      dryRun: options.dryRun,
      files,
      filesAlreadyImported: alreadyImported,
      filesFailedBefore: failedBefore,
      filesFailed: failures.length,
      failures,
      skipped,
      bytesRead,
      rawBytes,
      dataFilesWritten: dataFiles,
      version: events.current().version,
      elapsedMs: Date.now() - options.startedMs,
    }),
  }
}

function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'))
}
