import { setImmediate } from 'node:timers/promises'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import {
  type Failed,
  isGzip,
  NO_EVENTS,
  type RecordBatch,
  type RecordScanner,
  readLogFile,
  type Skipped,
  sourceBytes,
  streamLogFile,
} from '../../events/index.ts'
import { discard } from '../../parquet/index.ts'
import type { BatchLease } from './batch-memory.ts'
import { type BatchState, type FileState, newFileState } from './batch-state.ts'
import { sha256Hex } from './identity.ts'
import type { BatchTask, SourceFile } from './protocol.ts'
import type { QuarantineWriter } from './quarantine-writer.ts'
import { isResultFile } from './query-results.ts'
import type { RecordFilter } from './record-filter.ts'
import { Fate } from './rows.ts'

export interface ScanOptions {
  readonly scanner: RecordScanner
  /** The bytes of a source file, the caller's from now on; storage errors make the file `unread`. */
  readonly readSource: (file: SourceFile) => Promise<Buffer>
  readonly filter: RecordFilter
  readonly heldBytes: number
  /** Of the batch alone. */
  readonly memory: BatchLease
  /** Throws once the work is to stop. */
  readonly checkStopped: () => void
  readonly quarantine: QuarantineWriter
}

/**
 * First pass over a batch: reads its files, leaves out what the selectors do not want, sends what can become no row to
 * quarantine, and drops duplicates inside the batch. Of several deliveries the first by object key and position stays.
 */
export async function scanBatch(task: BatchTask, options: ScanOptions): Promise<BatchState> {
  const files: FileState[] = []
  const { memory, quarantine } = options
  const take: TakeBatch = (file, read, isHeld) => takeBatch(file, read, isHeld, options)
  let held = 0
  let busySince = performance.now()
  for (const source of task.files) {
    if (performance.now() - busySince > MAX_BUSY_MS) {
      await setImmediate()
      busySince = performance.now()
    }
    const file = newFileState(source)
    files.push(file)
    if (source.fetched && 'damage' in source.fetched) {
      const damaged: Failed = { outcome: 'failed', code: 'CORRUPT_ARCHIVE', reason: source.fetched.damage }
      await refuse(file, damaged, Buffer.alloc(0), quarantine)
      continue
    }
    const bytes = await readBytes(file, options)
    if (!bytes) continue
    const bufferBytes = Math.max(0, Math.min(MAX_HELD_FILE, options.heldBytes - held))
    const read = readLogFile(bytes, options.scanner, { bufferBytes })
    if (read.outcome === 'records') {
      file.sha256 = read.sha256
      file.rawBytes = read.rawBytes
      file.form ??= read.form
      held += read.rawBytes
      // What was not compressed lies in the file's own bytes.
      const isOurs = isGzip(bytes)
      await take(file, memory.texts.hold(read.batch, isOurs), true)
      // What was brought here may be asked for once more.
      if (isOurs && !source.fetched) discard(bytes)
    } else if (read.outcome === 'large') {
      await scanStream(file, bytes, options, take)
    } else {
      await refuse(file, read, bytes, quarantine)
    }
  }
  return { number: task.number, files, memory, quarantine }
}

/** Takes what was read of a file; `isHeld`: its text stays until the batch is written. */
type TakeBatch = (file: FileState, batch: RecordBatch, isHeld: boolean) => Promise<void>

async function takeBatch(
  file: FileState,
  batch: RecordBatch,
  isHeld: boolean,
  { filter, quarantine, memory: { rows, identities } }: ScanOptions,
): Promise<void> {
  file.read += batch.read
  for (const record of batch.unusable) {
    file.unusable += 1
    const offset = isHeld && file.form === undefined ? record.start : null
    await quarantineRecord(quarantine, file, record.index, offset, null, record.reason, sourceBytes(batch, record))
  }
  const wantsAll = batch.list.places.every(({ category }) => filter.wantsAll(category))
  const first = rows.count
  rows.add(file, batch, isHeld, wantsAll ? undefined : (position) => filter.wants(batch, batch.record(position)))
  file.filtered += batch.list.count - (rows.count - first)
  // Rows are copies of what is listed.
  discard(batch.list.words)
  identities.add(first, rows.count)
  for (let i = identities.repeats.length - 1; i >= 0 && identities.repeats[i]! >= first; i--) {
    const row = identities.repeats[i]!
    rows.setFate(row, rows.isSameContent(identities.firstOf(row)!, row) ? Fate.duplicate : Fate.conflicting)
  }
}

/** So long other work on this thread waits at most, a file apart: batches that are decided are written there. */
const MAX_BUSY_MS = 1

/** A single file above this is always read as a stream. */
const MAX_HELD_FILE = 64 * 1024 * 1024

async function scanStream(file: FileState, bytes: Buffer, options: ScanOptions, take: TakeBatch): Promise<void> {
  const stream = await streamLogFile(bytes, options.scanner, { checkStopped: options.checkStopped })
  if (stream.outcome !== 'records') return refuse(file, stream, bytes, options.quarantine)
  file.streamed = true
  file.sha256 = stream.sha256
  file.rawBytes = stream.rawBytes
  file.form ??= stream.form
  for await (const batch of stream.batches()) await take(file, batch, false)
}

async function readBytes(file: FileState, options: ScanOptions): Promise<Buffer | undefined> {
  try {
    const bytes = await options.readSource(file.file)
    const { signedHash, uri } = file.file
    if (signedHash !== undefined && sha256Hex(bytes) !== signedHash) {
      throw new TraillakeError('QUERY_RESULT_CHANGED', { source: uri })
    }
    return bytes
  } catch (error) {
    if (!isTraillakeError(error) || error.kind === 'INTERNAL_ERROR') throw error
    file.status = 'unread'
    file.code = error.code
    file.reason = error.message
    return undefined
  }
}

async function refuse(
  file: FileState,
  read: Failed | Skipped,
  bytes: Buffer,
  quarantine: QuarantineWriter,
): Promise<void> {
  file.sha256 = sha256Hex(bytes)
  // An answer of a query is named for its events: it is not passed over where it has none.
  const isAnswer = read.outcome === 'skipped' && read.kind === 'not-a-log-file' && isResultFile(file.file.key)
  const refused = isAnswer ? NO_EVENTS : read
  if (refused.outcome === 'skipped') {
    file.status = 'skipped'
    file.skipped = refused.kind
    return
  }
  const { code, reason } = refused
  file.status = 'failed'
  file.code = code
  file.reason = reason
  file.quarantineEntries += 1
  await quarantine.add({ file: file.file, record: null, offset: null, reason: code, detail: reason, bytes })
}

/** Puts one record into quarantine, with the bytes it was delivered in. */
export async function quarantineRecord(
  quarantine: QuarantineWriter,
  file: FileState,
  record: number,
  offset: number | null,
  eventId: string | null,
  reason: string,
  bytes: Uint8Array,
): Promise<void> {
  file.quarantineEntries += 1
  await quarantine.add({ file: file.file, record, offset, eventId, reason, bytes })
}
