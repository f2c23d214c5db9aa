import { AwsFault } from '../aws/faults.ts'

/** A caller asks more often than it may. */
export class Throttled extends AwsFault {
  /** Whole seconds after which the next request is let in. */
  readonly retryAfterS: number

  constructor(retryAfterS: number) {
    super('ThrottlingException', 'Rate exceeded')
    this.retryAfterS = retryAfterS
  }
}

/** Takes one request of a caller, or throws `Throttled`. */
export type RateLimit = (caller: string) => void

/** How many seconds' worth of requests may come in one go. */
const BURST_S = 2

/**
 * A token bucket for each caller: `perSecond` requests on average, twice as many in one go.
 *
 * @param perSecond 0: no limit
 * @param clock milliseconds
 */
export function createRateLimit(perSecond: number, clock: () => number = () => performance.now()): RateLimit {
  if (perSecond === 0) return () => undefined
  const most = Math.max(1, perSecond * BURST_S)
  const buckets = new Map<string, { left: number; at: number }>()

  /** A bucket that had time to fill up says nothing any more. */
  const fullAfterMs = (most / perSecond) * 1000
  let forgotAt = clock()
  function forgetFull(now: number): void {
    if (now - forgotAt < fullAfterMs) return
    forgotAt = now
    for (const [caller, { at }] of buckets) if (now - at >= fullAfterMs) buckets.delete(caller)
  }

  return (caller) => {
    const now = clock()
    forgetFull(now)
    const bucket = buckets.get(caller) ?? { left: most, at: now }
    const left = Math.min(most, bucket.left + ((now - bucket.at) / 1000) * perSecond)
    if (left < 1) {
      buckets.set(caller, { left, at: now })
      throw new Throttled(Math.ceil((1 - left) / perSecond))
    }
    buckets.set(caller, { left: left - 1, at: now })
  }
}
