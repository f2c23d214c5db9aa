/** A place in a history, which runs from the newest event to the oldest; events of one millisecond in the order of their ids, last first. */
export interface HistoryPosition {
  /** Epoch milliseconds. */
  readonly timeMs: number
  readonly id: string
}

/** Negative where `a` comes before `b`, which is where it is newer. */
export function newestFirst(a: HistoryPosition, b: HistoryPosition): number {
  return b.timeMs - a.timeMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}

/** The place that all events of a millisecond come before: what comes after it is older. */
export function endOf(timeMs: number): HistoryPosition {
  return { timeMs, id: '' }
}
