import { PART_BYTES } from './download.ts'
import type { ByteRange } from './object-store.ts'

/** Fetching so many bytes that nobody wants takes less time than another request. */
const NEAR_BYTES = 128 * 1024

/** Ranges that cover these, in order, none larger than a part: what lies near each other is one range. */
export function joinRanges(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const joined: { start: number; end: number }[] = []
  for (const { start, length } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last && start - last.end <= NEAR_BYTES) last.end = Math.max(last.end, start + length)
    else joined.push({ start, end: start + length })
  }
  return joined.flatMap(({ start, end }) => {
    const parts = Math.ceil((end - start) / PART_BYTES)
    return Array.from({ length: parts }, (_, i) => {
      const from = start + i * PART_BYTES
      return { start: from, length: Math.min(PART_BYTES, end - from) }
    })
  })
}

/** What two ranges have in common; undefined where that is nothing. */
export function intersect(a: ByteRange, b: ByteRange): ByteRange | undefined {
  const start = Math.max(a.start, b.start)
  const length = Math.min(a.start + a.length, b.start + b.length) - start
  return length > 0 ? { start, length } : undefined
}
