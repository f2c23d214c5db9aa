import { Worker } from 'node:worker_threads'
import { type ErrorCode, type ErrorParams, TraillakeError } from '../../errors/index.ts'
import type { BatchWorker, CrossingError, WorkerSettings } from './protocol.ts'

/** A call to a worker's thread. */
export interface ThreadCall {
  readonly id: number
  readonly method: keyof BatchWorker
  readonly args: readonly unknown[]
}

/** The first message of a thread: its code is loaded. */
export const READY = 'ready'

/** Its answer. Errors cross as what they are made from. */
export type ThreadAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: CrossingError }

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** A thread that loads its code and waits to be told what to work for. */
export interface WorkerThread {
  /** Makes a batch worker of it; once. */
  become(settings: WorkerSettings): BatchWorker
  close(): Promise<void>
}

/** Starts a thread. One that dies fails the calls it owes an answer, and all later ones. */
export function startThread(): WorkerThread {
  // Little of what comes up is an object: a larger nursery is memory for nothing.
  const resourceLimits = { maxYoungGenerationSizeMb: 16 }
  const thread = new Worker(threadUrl(), { resourceLimits })
  const waiting = new Map<number, Waiting>()
  let calls = 0
  let dead: Error | undefined
  let closing: Promise<void> | undefined
  let worker: BatchWorker | undefined

  function die(error: Error): void {
    dead ??= error
    for (const { reject } of waiting.values()) reject(dead)
    waiting.clear()
  }

  const loaded = new Promise<void>((resolve) => {
    thread.once('message', () => resolve())
    thread.once('exit', () => resolve())
  })
  thread.on('message', (answer: ThreadAnswer | typeof READY) => {
    if (answer === READY) return
    const call = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) call?.reject(reviveError(answer.error))
    else call?.resolve(answer.result)
  })
  thread.on('error', (error) => die(workerDied(error)))
  thread.on('exit', (code) => die(workerDied(new Error(`exit code ${code}`))))

  function call<T>(method: ThreadCall['method'], ...args: readonly unknown[]): Promise<T> {
    if (dead) return Promise.reject(dead)
    return new Promise<T>((resolve, reject) => {
      const id = ++calls
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      thread.postMessage({ id, method, args } satisfies ThreadCall)
    })
  }

  /** The worker stops by itself: a thread that is ended while the engine loads or works takes the process with it. */
  async function end(): Promise<void> {
    await loaded
    if (worker) await call('close').catch(() => undefined)
    dead ??= new TraillakeError('CANCELLED', { what: 'the work on a batch' })
    await thread.terminate()
  }

  function close(): Promise<void> {
    closing ??= end()
    return closing
  }

  return {
    become(settings) {
      thread.postMessage(settings)
      worker = {
        scan: (task) => call('scan', task),
        claims: (batch, hashes) => call('claims', batch, hashes),
        write: (batch, decision) => call('write', batch, decision),
        close,
      }
      return worker
    },
    close,
  }
}

/**
 * Threads run compiled code, which lies beside this module; under a test runner that reads the sources it is what the
 * type check left in `build/`.
 */
function threadUrl(): URL {
  const here = import.meta.url
  if (!here.endsWith('.ts')) return new URL('./import-worker.js', here)
  return new URL('./import-worker.js', here.replace('/packages/core/src/', '/packages/core/build/'))
}

function workerDied(cause: Error): Error {
  if ('code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new TraillakeError('EXCEEDED_MEMORY_LIMIT', {}, { cause })
  }
  return new TraillakeError('GENERIC_INTERNAL_ERROR', { message: `a worker ended: ${cause.message}` }, { cause })
}

export function describeError(error: unknown): CrossingError {
  if (error instanceof TraillakeError) {
    return {
      code: error.code,
      params: error.params as object,
      message: error.message,
      stack: error.stack,
      hint: error.hint,
    }
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { code: undefined, params: {}, message, stack, hint: undefined }
}

export function reviveError({ code, params, message, stack, hint }: CrossingError): Error {
  const error =
    code === undefined
      ? new TraillakeError('GENERIC_INTERNAL_ERROR', { message })
      : new TraillakeError(code, params as ErrorParams<ErrorCode>, { hint })
  if (stack !== undefined) error.stack = stack
  return error
}
