import { type HistoryPosition, newestFirst } from './position.ts'

/** An event as its store holds it. */
export interface StoredEvent extends HistoryPosition {
  /** The whole record as JSON text. */
  readonly text: string
}

/** All events of a history between two places, newest first. */
export interface Stretch {
  /** They come after this place … */
  readonly start: HistoryPosition
  readonly events: readonly StoredEvent[]
  /** … and up to this one, which is that of the last of them or lies behind it. */
  readonly end: HistoryPosition
}

/** Stretches that were read not long ago, of histories by key. */
export interface Stretches {
  /** One that tells what comes right after a place. */
  find(key: string, place: HistoryPosition): Stretch | undefined
  add(key: string, stretch: Stretch): void
}

/** What a stretch takes besides its texts. */
const OVERHEAD = 10_000

/** @param maxLength characters of text that are kept together; what was not used for longest goes */
export function createStretches(maxLength: number): Stretches {
  const kept = new Map<Stretch, { readonly key: string; readonly length: number }>()
  let length = 0
  return {
    find(wanted, place) {
      for (const [stretch, entry] of kept) {
        const { start, end } = stretch
        if (entry.key !== wanted || newestFirst(start, place) > 0 || newestFirst(place, end) >= 0) continue
        kept.delete(stretch)
        kept.set(stretch, entry)
        return stretch
      }
      return undefined
    },
    add(key, stretch) {
      const own = stretch.events.reduce((sum, { text }) => sum + text.length, OVERHEAD)
      kept.set(stretch, { key, length: own })
      length += own
      for (const [oldest, entry] of kept) {
        if (length <= maxLength) break
        kept.delete(oldest)
        length -= entry.length
      }
    },
  }
}
