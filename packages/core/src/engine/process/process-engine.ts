import { TraillakeError } from '../../errors/index.ts'
import type { QueryControl } from '../guard.ts'
import type { EngineRequest, QueryEngine } from '../query-engine.ts'
import type { SandboxOptions } from '../sandbox.ts'
import { createStoppable, type Stoppable } from '../stoppable.ts'
import type { Chunk } from '../stream.ts'
import type { Column } from '../vectors.ts'
import { type EngineProcess, startEngineProcess } from './engine-process.ts'

export interface ProcessEngineOptions extends SandboxOptions {
  /** The program that an engine process runs. */
  readonly program: URL
  /** Processes at most, each with one open result; further queries wait, in the order they came. Default 3. */
  readonly processes?: number
  /** A process without work ends after so long; default 60 s. */
  readonly idleMs?: number
}

/** How long a process that is told to stop its query may take before it is ended. */
const STOP_MS = 2000

/**
 * Runs each query in a process of its own, started on demand and used again: one that brings its process down fails alone, with
 * ENGINE_FAILED.
 *
 * `memoryBytes` is shared out among the processes. An open result holds its process until it is closed or read to its end.
 */
export function openProcessEngine(options: ProcessEngineOptions): QueryEngine {
  const { program, processes = 3, idleMs = 60_000, ...sandbox } = options
  const each = { ...sandbox, memoryBytes: Math.floor(sandbox.memoryBytes / processes) }
  const idle: { readonly process: EngineProcess; readonly timer: NodeJS.Timeout }[] = []
  const alive = new Set<EngineProcess>()
  const open = new Set<() => Promise<void>>()
  const waiting: (() => void)[] = []
  let taken = 0
  let lost = 0
  let closing: Promise<void> | undefined

  /** Waits for a place, then gives an idle process or a new one. */
  async function acquire(stopped: Promise<never>): Promise<EngineProcess> {
    if (taken >= processes) await waitForTurn(stopped)
    else taken += 1
    try {
      for (;;) {
        const found = idle.pop()
        if (!found) break
        clearTimeout(found.timer)
        if (found.process.isDead) continue
        found.process.setBusy(true)
        return found.process
      }
      const started = await startEngineProcess(program, each)
      alive.add(started)
      return started
    } catch (error) {
      releaseTurn()
      throw error
    }
  }

  function waitForTurn(stopped: Promise<never>): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push(resolve)
      stopped.catch((error) => {
        const at = waiting.indexOf(resolve)
        if (at === -1) return
        waiting.splice(at, 1)
        reject(error)
      })
    })
  }

  function releaseTurn(): void {
    const next = waiting.shift()
    if (next) next()
    else taken -= 1
  }

  function release(process: EngineProcess): void {
    if (process.isDead) {
      lost += 1
      alive.delete(process)
    } else if (!closing) {
      process.setBusy(false)
      const timer = setTimeout(() => {
        const at = idle.findIndex((one) => one.process === process)
        if (at !== -1) idle.splice(at, 1)
        alive.delete(process)
        void process.kill()
      }, idleMs).unref()
      idle.push({ process, timer })
    }
    releaseTurn()
  }

  return {
    get restarts() {
      return lost
    },
    async execute(request, control = {}) {
      if (closing) throw new TraillakeError('LAKE_CLOSED', {})
      const stop = createStop(control)
      const close = () => {
        stop.stop(
          closing ? new TraillakeError('LAKE_CLOSED', {}) : new TraillakeError('CANCELLED', { what: 'the query' }),
        )
        return ended
      }
      let end: () => void = () => undefined
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      open.add(close)
      const finish = () => {
        stop.off()
        open.delete(close)
        end()
      }
      const acquiring = acquire(stop.stopped)
      let engine: EngineProcess
      try {
        engine = await stop.race(acquiring)
      } catch (error) {
        // A process that is still starting is for the next query.
        acquiring.then(release, () => undefined).finally(finish)
        throw error
      }
      // Whatever stops the query: its process is told, and ended where it does not listen. At the end of the rows it has closed the result.
      const settle = once(async (isAtEnd = false) => {
        if (!isAtEnd) {
          const timer = setTimeout(() => void engine.kill(), STOP_MS)
          await engine.ask({ kind: 'close' }).catch(() => undefined)
          clearTimeout(timer)
        }
        release(engine)
        finish()
      })
      stop.stopped.catch(() => void settle())
      try {
        const { types } = await stop.race(engine.ask({ kind: 'execute', request: sendable(request) }))
        return { types, chunks: () => readChunks(engine, stop, settle), close }
      } catch (error) {
        // The caller need not wait until the process has stopped.
        void settle()
        throw error
      }
    },
    close() {
      closing ??= (async () => {
        // What is stopped from here on sees that the lake is being closed.
        await undefined
        while (open.size > 0) await Promise.all([...open].map((close) => close()))
        for (const { timer } of idle) clearTimeout(timer)
        await Promise.all([...alive].map((process) => process.kill()))
      })()
      return closing
    },
  }
}

/** Asks for one chunk ahead, so that the engine works while its last chunk is being used; never more. */
async function* readChunks(
  engine: EngineProcess,
  stop: Stop,
  settle: (isAtEnd?: boolean) => Promise<void>,
): AsyncGenerator<Chunk, void, undefined> {
  const fetch = () => {
    const next = stop.race(engine.ask({ kind: 'next' }))
    // It may fail while nobody waits for it; whoever asks for it next sees the failure.
    next.catch(() => undefined)
    return next
  }
  try {
    let next = fetch()
    for (;;) {
      const { chunk, isLast } = await next
      // Its process is free for the caller's next query.
      if (isLast) await settle(true)
      else next = fetch()
      if (chunk) yield { length: chunk.length, columns: chunk.columns.map(ownColumn) }
      if (isLast) return
    }
  } finally {
    // Nobody waits until a process has stopped what is not wanted any more.
    void settle()
  }
}

/** Buffers of a message begin anywhere: readers of wide values need them where such values may begin. */
function ownColumn(column: Column): Column {
  const validity = column.validity && new Uint8Array(column.validity)
  switch (column.layout) {
    case 'fixed':
      return { ...column, validity, values: new Uint8Array(column.values) }
    case 'bytes':
      return { ...column, validity }
    case 'list':
      return { ...column, validity, child: ownColumn(column.child) }
    case 'struct':
      return { ...column, validity, children: column.children.map(ownColumn) }
  }
}

function sendable({ functions = [], ...request }: EngineRequest) {
  return { ...request, functions: functions.map(({ name }) => name) }
}

interface Stop extends Stoppable {
  /** Lets go of signal and timer. */
  off(): void
}

function createStop({ signal, timeoutMs }: QueryControl): Stop {
  const stoppable = createStoppable()
  const onAbort = () => stoppable.stop(new TraillakeError('CANCELLED', { what: 'the query' }))
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => stoppable.stop(new TraillakeError('EXCEEDED_TIME_LIMIT', { limitMs: timeoutMs })),
          timeoutMs,
        ).unref()
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    ...stoppable,
    off() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

function once<A extends readonly unknown[]>(work: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  let started: Promise<void> | undefined
  return (...args) => {
    started ??= work(...args)
    return started
  }
}
