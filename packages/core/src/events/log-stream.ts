import { createHash } from 'node:crypto'
import { holdsOnlySummaries } from './aggregated.ts'
import { DocumentWalker, type EntryReader } from './document.ts'
import { beginsAsLogFile, type Form, HEAD_BYTES, recogniseForm } from './forms/form.ts'
import { createTranscriber } from './forms/transcribe.ts'
import { inflatePieces } from './gzip.ts'
import { skipValue } from './json-bytes.ts'
import type { Failed, LogFileStream, ReadOptions, Skipped } from './outcome.ts'
import { RecordBatch } from './record.ts'
import { Entries, type RecordScanner } from './scanner.ts'

/** Uncompressed bytes of one batch, as long as no record is larger. */
const WINDOW_BYTES = 16 * 1024 * 1024
const DEFAULT_MAX_RAW_BYTES = 4 * 1024 ** 3
const DEFAULT_MAX_RECORD_BYTES = 64 * 1024 * 1024

/**
 * Reads a large file in bounded memory: two windows of text, or twice its largest record.
 *
 * The file is inflated twice: once to check it to its last byte, so that damage is known before the first record is taken,
 * and once for the records. Outcomes are those of `readLogFile`. Batches must be taken one after the other.
 */
export async function streamLogFile(
  bytes: Uint8Array,
  scanner: RecordScanner,
  options: ReadOptions = {},
): Promise<LogFileStream> {
  if (bytes.length === 0) return { outcome: 'skipped', kind: 'empty' }
  const form = await formOf(bytes)
  if (form && 'outcome' in form) return form
  const hash = createHash('sha256')
  const walker = new DocumentWalker()
  let rawBytes = 0
  const windows = readWindows(bytes, options, form, (piece) => {
    hash.update(piece)
    rawBytes += piece.length
  })
  // Until an entry says otherwise the file may hold summaries alone.
  let maySummarise = true
  const refused = await walkWindows(windows, walker, (window) => {
    if (maySummarise) scanner.open(window)
    return {
      taken: 1,
      readEntries(p, index) {
        this.taken = 1
        if (!maySummarise) return skipValue(window, p, window.length)
        const entries = new Entries(scanner)
        const end = entries.readEntries(p, index)
        this.taken = entries.taken
        if (end >= 0) maySummarise = holdsOnlySummaries({ raw: window, ...entries })
        return end
      },
    }
  })
  if (refused) return refused
  if (maySummarise && walker.entries > 0) return { outcome: 'skipped', kind: 'aggregated' }
  return {
    outcome: 'records',
    rawBytes,
    sha256: hash.digest('hex'),
    ...(form ? { form: form.kind } : {}),
    read: walker.entries,
    batches: () => readBatches(bytes, scanner, options, form),
  }
}

/** The form of a file by the beginning of its text. Damage shows when it is read. */
async function formOf(bytes: Uint8Array): Promise<Form | Failed | undefined> {
  const head: Buffer[] = []
  let length = 0
  const pieces = inflatePieces(bytes, HEAD_BYTES)
  for await (const piece of pieces) {
    if (length === 0 && beginsAsLogFile(piece)) return undefined
    head.push(piece)
    length += piece.length
    if (length >= HEAD_BYTES) break
  }
  return recogniseForm(Buffer.concat(head).subarray(0, HEAD_BYTES))
}

async function walkWindows(
  windows: AsyncGenerator<Window, Failed | undefined>,
  walker: DocumentWalker,
  reader: (window: Buffer) => EntryReader,
): Promise<Failed | Skipped | undefined> {
  let isComplete = true
  for (;;) {
    const step = await windows.next()
    if (step.done) {
      // A file that is no log file is no damaged one either, however large its parts are.
      if (step.value) return step.value.code === 'TOO_LARGE' ? (walker.recognise() ?? step.value) : step.value
      return walker.finish(isComplete)
    }
    const { text, consumed } = step.value
    const end = walker.walk(text, 0, reader(text))
    if (typeof end !== 'number') {
      await windows.return(undefined)
      return end
    }
    consumed(end)
    isComplete = end === text.length
  }
}

async function* readBatches(
  bytes: Uint8Array,
  scanner: RecordScanner,
  options: ReadOptions,
  form: Form | undefined,
): AsyncGenerator<RecordBatch, void> {
  const walker = new DocumentWalker()
  const windows = readWindows(bytes, options, form)
  for await (const { text, consumed } of windows) {
    const entries = new Entries(scanner)
    const before = walker.entries
    scanner.open(text)
    const end = walker.walk(text, 0, entries)
    // The file was checked as a whole: it can only fail now if its bytes were changed meanwhile.
    if (typeof end !== 'number') throw new Error(`the log file changed while it was read: ${end.reason}`)
    if (walker.entries > before) yield new RecordBatch(text, scanner.tape(), entries)
    consumed(end)
  }
}

/** A stretch of the text; the next one begins where `consumed` says. */
interface Window {
  readonly text: Buffer
  consumed(end: number): void
}

async function* readWindows(
  bytes: Uint8Array,
  options: ReadOptions,
  form: Form | undefined,
  onPiece?: (piece: Buffer) => void,
): AsyncGenerator<Window, Failed | undefined> {
  const maxRecordBytes = options.maxRecordBytes ?? DEFAULT_MAX_RECORD_BYTES
  const windowBytes = Math.min(WINDOW_BYTES, options.bufferBytes ?? WINDOW_BYTES)
  const pieceBytes = Math.max(64, Math.min(PIECE_BYTES, windowBytes))
  let buffer = Buffer.allocUnsafe(windowBytes + pieceBytes)
  let filled = 0
  /** How full the buffer is to be before it is walked: more than before when nothing could be taken from it. */
  let wanted = windowBytes
  const window = (): Window => ({
    text: buffer.subarray(0, filled),
    consumed(end) {
      buffer.copyWithin(0, end, filled)
      filled -= end
      wanted = end === 0 ? filled * 2 : Math.max(windowBytes, filled * 2)
    },
  })
  const pieces = textPieces(bytes, pieceBytes, options, form, onPiece)
  try {
    for (;;) {
      const step = await pieces.next()
      if (step.done) {
        if (step.value) return step.value
        if (filled > 0) yield window()
        return undefined
      }
      const piece = step.value
      if (filled + piece.length > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(wanted, filled) + pieceBytes)
        buffer.copy(larger, 0, 0, filled)
        buffer = larger
      }
      piece.copy(buffer, filled)
      filled += piece.length
      if (filled >= wanted) {
        const before = filled
        yield window()
        if (filled === before && filled > maxRecordBytes) return tooLarge('a record', maxRecordBytes)
      }
    }
  } finally {
    await pieces.return(undefined)
  }
}

/**
 * The text of a log document in pieces of up to `pieceBytes`: of the file itself, or what its other form is turned into.
 *
 * @param onPiece told of every piece of the file's own text
 */
async function* textPieces(
  bytes: Uint8Array,
  pieceBytes: number,
  options: ReadOptions,
  form: Form | undefined,
  onPiece?: (piece: Buffer) => void,
): AsyncGenerator<Buffer, Failed | undefined> {
  const maxRawBytes = options.maxRawBytes ?? DEFAULT_MAX_RAW_BYTES
  const transcriber = form && createTranscriber(form)
  const pieces = inflatePieces(bytes, pieceBytes)
  let total = 0
  try {
    for (;;) {
      const step = await pieces.next()
      if (step.done && (step.value || !transcriber)) return step.value
      options.checkStopped?.()
      const piece = step.done ? Buffer.alloc(0) : step.value
      onPiece?.(piece)
      total += piece.length
      if (total > maxRawBytes) return tooLarge('the file', maxRawBytes)
      const text = transcriber ? transcriber.push(piece, step.done ?? false) : piece
      if (!Buffer.isBuffer(text)) return text
      for (let at = 0; at < text.length; at += pieceBytes) yield text.subarray(at, at + pieceBytes)
      if (step.done) return undefined
    }
  } finally {
    await pieces.return(undefined)
  }
}

/** Uncompressed bytes that arrive at a time. */
const PIECE_BYTES = 1 << 20

function tooLarge(what: string, bytes: number): Failed {
  return { outcome: 'failed', code: 'TOO_LARGE', reason: `${what} is larger than ${bytes} bytes` }
}
