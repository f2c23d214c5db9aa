import type { LogForm } from '../../events/index.ts'
import type { Counts, SkippedFile } from '../types.ts'
import type { BatchLease } from './batch-memory.ts'
import type { FileResult, FileStatus, SourceFile } from './protocol.ts'
import type { QuarantineWriter } from './quarantine-writer.ts'
import { Fate } from './rows.ts'

/** A raw file while its batch is worked on. */
export interface FileState {
  readonly file: SourceFile
  status: FileStatus
  skipped: SkippedFile['kind'] | undefined
  code: string | undefined
  reason: string | undefined
  sha256: string | undefined
  rawBytes: number
  /** What the file is that is no log file of a trail: its records are copies of what trails deliver. */
  form: LogForm | undefined
  read: number
  filtered: number
  /** Entries that could not become candidates: unusable ones. */
  unusable: number
  quarantineEntries: number
  /** Read as a stream, in both passes. */
  streamed: boolean
}

/** Everything a worker keeps of a batch between its two passes. */
export interface BatchState {
  readonly number: number
  readonly files: readonly FileState[]
  readonly memory: BatchLease
  readonly quarantine: QuarantineWriter
}

export function newFileState(file: SourceFile): FileState {
  return {
    file,
    status: 'imported',
    skipped: undefined,
    code: undefined,
    reason: undefined,
    sha256: undefined,
    rawBytes: 0,
    form: file.form,
    read: 0,
    filtered: 0,
    unusable: 0,
    quarantineEntries: 0,
    streamed: false,
  }
}

/** The counts of each file, from the fates of its rows. */
export function fileResults({ files, memory: { rows } }: BatchState): readonly FileResult[] {
  const fates = rows.fatesOf()
  return files.map((file) => {
    const count = (fate: Fate) => fates.get(file)?.[fate] ?? 0
    const total: Counts = {
      read: file.read,
      kept: count(Fate.kept),
      duplicate: count(Fate.duplicate),
      filtered: file.filtered,
      quarantined: count(Fate.conflicting) + count(Fate.malformed) + file.unusable,
    }
    // What was fetched stays here.
    const { fetched: _, ...listed } = file.file
    return {
      file: listed,
      status: file.status,
      ...(file.skipped === undefined ? {} : { skipped: file.skipped }),
      ...(file.form === undefined ? {} : { form: file.form }),
      ...(file.code === undefined ? {} : { code: file.code }),
      ...(file.reason === undefined ? {} : { reason: file.reason }),
      ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }),
      rawBytes: file.rawBytes,
      quarantineEntries: file.quarantineEntries,
      ...total,
    }
  })
}
