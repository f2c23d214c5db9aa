import type { TraillakeError } from '../errors/index.ts'

/** What may be stopped once, with a reason. */
export interface Stoppable {
  /** Rejects with the reason once stopped; never resolves, and need not be caught. For what waits once: see `race`. */
  readonly stopped: Promise<never>
  /** The first reason counts. */
  stop(reason: TraillakeError): void
  /**
   * The promise, unless it is stopped before. For what waits again and again: `Promise.race` with `stopped` would hold every value that it ever
   * gave until `stopped` itself is let go, a whole result of chunks.
   */
  race<T>(promise: Promise<T>): Promise<T>
}

export function createStoppable(): Stoppable {
  let reason: TraillakeError | undefined
  const waiting = new Set<(reason: TraillakeError) => void>()
  const stopped = new Promise<never>((_, reject) => waiting.add(reject))
  stopped.catch(() => undefined)
  return {
    stopped,
    stop(given) {
      reason ??= given
      for (const reject of waiting) reject(reason)
      waiting.clear()
    },
    race<T>(promise: Promise<T>) {
      return new Promise<T>((resolve, reject) => {
        if (reason) reject(reason)
        else waiting.add(reject)
        promise.then(resolve, reject).finally(() => waiting.delete(reject))
      })
    },
  }
}
