import type { Chunk } from '../../engine/chunk-source.ts'
import type { RecordBatch } from '../../events/index.ts'
import type { Row } from './batch-state.ts'

/** A text that was not handed over. */
export const NOWHERE = -1

interface Stretch {
  start: number
  end: number
  /** Bytes of the rows in it, and how many they are. */
  rowBytes: number
  rows: number
  /** Where the byte at position 0 of the batch's text would lie. */
  address: number
}

/** Of a stretch at least half is wanted. A chunk has room for as many stretches as rows, and few rows need none. */
const isWorthIt = ({ start, end, rowBytes, rows }: Stretch) => rows >= MIN_ROWS && end - start <= 2 * rowBytes
const MIN_ROWS = 4

/**
 * Hands the texts of rows over to the engine. Rows of one log file lie beside each other in its text, so one copy of that
 * serves them all.
 *
 * @returns tells where the byte at position 0 of a batch's text would lie, NOWHERE when its rows are better copied one by one
 */
export function assignTexts(
  chunk: Chunk,
  rows: readonly Row[],
  from: number,
  count: number,
): (batch: RecordBatch) => number {
  const stretches = new Map<RecordBatch, Stretch>()
  let lastBatch: RecordBatch | undefined
  let last: Stretch | undefined
  for (let i = from; i < from + count; i++) {
    const { batch, record } = rows[i]!
    if (record.typed !== null) continue
    if (batch !== lastBatch || !last) {
      lastBatch = batch!
      last = stretches.get(lastBatch)
      if (!last) {
        last = { start: record.start, end: record.end, rowBytes: 0, rows: 0, address: NOWHERE }
        stretches.set(lastBatch, last)
      }
    }
    if (record.start < last.start) last.start = record.start
    if (record.end > last.end) last.end = record.end
    last.rowBytes += record.end - record.start
    last.rows++
  }
  for (const [batch, stretch] of stretches) {
    if (!isWorthIt(stretch)) continue
    stretch.address = chunk.assign(batch.raw.subarray(stretch.start, stretch.end)) - stretch.start
  }
  lastBatch = undefined
  return (batch) => {
    if (batch !== lastBatch) {
      lastBatch = batch
      last = stretches.get(batch)
    }
    return last ? last.address : NOWHERE
  }
}
