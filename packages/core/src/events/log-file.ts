import { createHash } from 'node:crypto'
import { holdsOnlySummaries } from './aggregated.ts'
import { DocumentWalker } from './document.ts'
import { beginsAsLogFile, HEAD_BYTES, recogniseForm } from './forms/form.ts'
import { createTranscriber } from './forms/transcribe.ts'
import { inflate, isGzip } from './gzip.ts'
import { skipValue } from './json-bytes.ts'
import type { LogFileRead, ReadOptions } from './outcome.ts'
import { RecordBatch } from './record.ts'
import { Entries, type RecordScanner } from './scanner.ts'

/** Above this many uncompressed bytes a file is read as a stream. AWS delivers at most 50 MB. */
export const DEFAULT_BUFFER_BYTES = 64 * 1024 * 1024

/**
 * Reads the bytes of a file, gzip or not (told by its first bytes, not by its name), into records. Files of other forms that hold
 * events are turned into a log document first.
 *
 * Throws nothing: damage, foreign files and sizes are outcomes. An entry of `Records` that cannot become a row is among
 * `unusable` with its bytes; only what leaves the number of entries in doubt fails the file.
 */
export function readLogFile(bytes: Uint8Array, scanner: RecordScanner, options: ReadOptions = {}): LogFileRead {
  if (bytes.length === 0) return { outcome: 'skipped', kind: 'empty' }
  const bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES
  const text = isGzip(bytes) ? inflate(bytes, bufferBytes) : plainText(bytes, bufferBytes)
  if (text === 'large') return { outcome: 'large' }
  if (!Buffer.isBuffer(text)) return text
  const form = beginsAsLogFile(text) ? undefined : recogniseForm(text.subarray(0, HEAD_BYTES))
  if (form && 'outcome' in form) return form
  const raw = form ? createTranscriber(form).push(text, true) : text
  if (!Buffer.isBuffer(raw)) return raw
  const entries = new Entries(scanner, raw.length >> RECORD_SHIFT)
  const walker = new DocumentWalker()
  scanner.open(raw)
  const end = walker.walk(raw, 0, entries)
  if (typeof end !== 'number') return end
  const refused = walker.finish(end === raw.length)
  if (refused) return refused
  const batch = new RecordBatch(raw, scanner.tape(), entries)
  if (holdsOnlySummaries(batch)) return { outcome: 'skipped', kind: 'aggregated' }
  return {
    outcome: 'records',
    rawBytes: text.length,
    sha256: sha256Hex(text),
    ...(form ? { form: form.kind } : {}),
    batch,
  }
}

/**
 * Reads some records of a file once more, each as a batch of its own.
 *
 * @param starts where they begin in its text
 * @param sha256 of its text, in hex
 * @returns undefined when the file is no longer what it was
 */
export function readRecordsAt(
  bytes: Uint8Array,
  starts: readonly number[],
  sha256: string,
  scanner: RecordScanner,
): readonly RecordBatch[] | undefined {
  const text = isGzip(bytes) ? inflate(bytes, DEFAULT_BUFFER_BYTES) : plainText(bytes, DEFAULT_BUFFER_BYTES)
  if (!Buffer.isBuffer(text) || sha256Hex(text) !== sha256) return undefined
  return starts.map((start) => {
    const record = text.subarray(start, skipValue(text, start, text.length))
    const entries = new Entries(scanner)
    scanner.open(record)
    entries.readEntries(0, 0)
    return new RecordBatch(record, scanner.tape(), entries)
  })
}

/** A record hardly ever has less than 512 bytes. */
const RECORD_SHIFT = 9

function plainText(bytes: Uint8Array, maxBytes: number): Buffer | 'large' {
  return bytes.length > maxBytes ? 'large' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function sha256Hex(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
