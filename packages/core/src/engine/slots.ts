/**
 * Every call into the engine blocks one of the process's few worker threads until it is done, and file access needs them
 * too: with all of them taken, even opening a file waits for the slowest query. So one is always left free.
 */
const SLOTS = Math.max(1, Number(process.env.UV_THREADPOOL_SIZE || 4) - 1)

interface Waiter {
  readonly start: () => void
  readonly giveUp: (reason: unknown) => void
}

let taken = 0
const waiting: Waiter[] = []

/** A place among the calls that run at once. */
export interface SlotRequest {
  /** Resolves when the call may run; `release` must follow. */
  readonly granted: Promise<void>
  /** Leaves the queue; `granted` rejects with the reason if it had not been granted. */
  cancel(reason: unknown): void
}

export function requestSlot(): SlotRequest {
  if (taken < SLOTS) {
    taken += 1
    return { granted: Promise.resolve(), cancel: () => undefined }
  }
  let waiter: Waiter | undefined
  const granted = new Promise<void>((start, giveUp) => {
    waiter = { start, giveUp }
    waiting.push(waiter)
  })
  return {
    granted,
    cancel(reason) {
      const at = waiting.indexOf(waiter as Waiter)
      if (at === -1) return
      waiting.splice(at, 1)
      waiter?.giveUp(reason)
    },
  }
}

/** Gives a granted place to whoever waits longest. */
export function releaseSlot(): void {
  const next = waiting.shift()
  if (next) next.start()
  else taken -= 1
}
