import type { LogForm, RawRecord, RecordBatch } from '../../events/index.ts'
import type { Counts, SkippedFile } from '../types.ts'
import type { HeldTexts } from './held-texts.ts'
import type { Identities } from './identities.ts'
import type { FileResult, FileStatus, SourceFile } from './protocol.ts'
import type { QuarantineWriter } from './quarantine-writer.ts'

/** What becomes of a record that is a candidate for a row. */
export type Fate = 'kept' | 'duplicate' | 'conflicting' | 'malformed'

/** A record that is a candidate for a row. Batches hold tens of thousands: members are few. */
export interface Row {
  readonly file: FileState
  /** Of a stream, only what does not point into the text, until its stretch is read again. */
  record: RawRecord
  /** What the record points into; undefined for a record of a stream while its stretch is not being read. */
  batch: RecordBatch | undefined
  /** UTC day of the event. */
  readonly day: string
  /** Hex SHA-256 of `eventjson`; always there for a record of a stream, else once asked for. */
  digest: string | undefined
  fate: Fate
  /** The first row of the batch with its identity, when that is another one. */
  first: Row | undefined
  /** Another event with the same id in the batch: of another account or day. */
  sibling: Row | undefined
}

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
  readonly rows: readonly Row[]
  readonly identities: Identities
  /** What the rows' batches lie in. */
  readonly texts: HeldTexts
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
export function fileResults(state: BatchState): readonly FileResult[] {
  const counts = new Map<FileState, { kept: number; duplicate: number; quarantined: number }>()
  for (const file of state.files) counts.set(file, { kept: 0, duplicate: 0, quarantined: file.unusable })
  for (const row of state.rows) {
    const count = counts.get(row.file)!
    if (row.fate === 'kept') count.kept += 1
    else if (row.fate === 'duplicate') count.duplicate += 1
    else count.quarantined += 1
  }
  return state.files.map((file) => {
    const total: Counts = { read: file.read, filtered: file.filtered, ...counts.get(file)! }
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
