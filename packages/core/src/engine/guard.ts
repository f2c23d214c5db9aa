import type { DuckDBConnection } from '@duckdb/node-api'
import { TraillakeError } from '../errors/index.ts'
import { releaseSlot, requestSlot, type SlotRequest } from './slots.ts'
import { createStoppable } from './stoppable.ts'

export interface QueryControl {
  /** Stops the query wherever it is. */
  readonly signal?: AbortSignal
  /** Milliseconds from the start until the last row is taken; default: none. */
  readonly timeoutMs?: number
}

/** Runs the engine calls of one connection, one at a time, so that they can be stopped from outside. They may have to wait for their turn. */
export interface Guard {
  /** Throws CANCELLED or EXCEEDED_TIME_LIMIT when stopped, before or while `call` runs. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** Stops what runs, waits until it has stopped, and lets go of signal and timer. Never throws. */
  stop(): Promise<void>
}

/** An interrupt that arrives before the engine's thread has begun is forgotten by the engine, so it is repeated. */
const INTERRUPT_EVERY_MS = 5

/** @param onStop called once when the signal or the timer stops the query */
export function guardConnection(connection: DuckDBConnection, control: QueryControl, onStop: () => void): Guard {
  let stopped: TraillakeError | undefined
  let running: Promise<unknown> | undefined
  let queued: SlotRequest | undefined
  let repeat: NodeJS.Timeout | undefined
  const waiting = createStoppable()

  const interrupt = (reason: TraillakeError) => {
    stopped ??= reason
    queued?.cancel(stopped)
    waiting.stop(stopped)
    if (running === undefined || repeat !== undefined) return
    connection.interrupt()
    repeat = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS)
  }
  const stopFor = (reason: TraillakeError) => {
    interrupt(reason)
    onStop()
  }
  const onAbort = () => stopFor(cancelled())
  const timer =
    control.timeoutMs === undefined
      ? undefined
      : setTimeout(
          stopFor,
          control.timeoutMs,
          new TraillakeError('EXCEEDED_TIME_LIMIT', { limitMs: control.timeoutMs }),
        ).unref()
  control.signal?.addEventListener('abort', onAbort, { once: true })
  if (control.signal?.aborted) stopped = cancelled()

  return {
    async run(call) {
      if (stopped) throw stopped
      queued = requestSlot()
      try {
        await queued.granted
      } finally {
        queued = undefined
      }
      if (stopped) {
        releaseSlot()
        throw stopped
      }
      // The place is given back when the engine has ended the call; whoever waits for it is told of a stop at once.
      const ended = () => {
        running = undefined
        clearInterval(repeat)
        repeat = undefined
        releaseSlot()
      }
      const result = call()
      running = result
      result.then(ended, ended)
      try {
        const value = await waiting.race(result)
        if (stopped) throw stopped
        return value
      } catch (error) {
        throw stopped ?? error
      }
    },
    async stop() {
      clearTimeout(timer)
      control.signal?.removeEventListener('abort', onAbort)
      const pending = running
      interrupt(cancelled())
      await pending?.catch(() => undefined)
    },
  }
}

function cancelled(): TraillakeError {
  return new TraillakeError('CANCELLED', { what: 'the query' })
}
