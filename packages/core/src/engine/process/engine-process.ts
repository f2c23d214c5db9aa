import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type ErrorCode, type ErrorParams, TraillakeError } from '../../errors/index.ts'
import type { SandboxOptions } from '../sandbox.ts'
import { scratchFoldersOf } from '../scratch.ts'
import type { Answer, Ask, SentError } from './protocol.ts'

type Answered<K extends Ask['kind']> = Extract<
  Answer,
  { kind: { open: 'done'; execute: 'started'; next: 'chunk'; close: 'done' }[K] }
>

/** A process with an engine of its own, for one query at a time. */
export interface EngineProcess {
  ask<K extends Ask['kind']>(ask: Ask & { readonly kind: K }): Promise<Answered<K>>
  readonly isDead: boolean
  /** Lets the program end although the process is there, or not. */
  setBusy(isBusy: boolean): void
  /** Ends it at once, whatever it does. Resolves when it is gone. */
  kill(): Promise<void>
}

/**
 * Starts an engine process from the program at `url`, which calls `serveEngine`.
 *
 * Calls that are open when the process ends, and all later ones, fail with ENGINE_FAILED.
 */
export async function startEngineProcess(url: URL, options: SandboxOptions): Promise<EngineProcess> {
  const child = fork(url, {
    serialization: 'advanced',
    // Flags of a test runner or a debugger are not meant for it.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '4' },
  })
  const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>()
  let asked = 0
  let dead: Error | undefined
  const gone = new Promise<void>((resolve) => {
    const die = (reason: string) => {
      if (dead) return
      dead = new TraillakeError('ENGINE_FAILED', { reason })
      for (const { reject } of waiting.values()) reject(dead)
      waiting.clear()
      removeSpill(child, options)
      resolve()
    }
    child.once('error', (error) => die(error.message))
    child.once('exit', (code, signal) => die(signal ? `ended by ${signal}` : `exit code ${code}`))
  })
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.kind === 'failed') call?.reject(revive(answer.error))
    else call?.resolve(answer as never)
  })

  const engineProcess: EngineProcess = {
    ask(ask) {
      if (dead) return Promise.reject(dead)
      return new Promise((resolve, reject) => {
        const id = ++asked
        waiting.set(id, { resolve, reject })
        // A failure to send is the end of the process, which is told by its exit.
        child.send({ ...ask, id }, () => undefined)
      })
    },
    get isDead() {
      return dead !== undefined
    },
    setBusy(isBusy) {
      if (isBusy) {
        child.ref()
        child.channel?.ref()
      } else {
        child.unref()
        child.channel?.unref()
      }
    },
    async kill() {
      // Whoever waits for its end must not end first.
      child.ref()
      child.kill('SIGKILL')
      await gone
    },
  }
  try {
    await engineProcess.ask({ kind: 'open', options })
    return engineProcess
  } catch (error) {
    await engineProcess.kill()
    throw error
  }
}

/** A process that was killed leaves what it had spilled. */
function removeSpill({ pid }: ChildProcess, { tempRoot = tmpdir() }: SandboxOptions): void {
  if (pid === undefined) return
  for (const folder of scratchFoldersOf(tempRoot, pid)) rmSync(folder, { recursive: true, force: true })
}

function revive({ code, params, message }: SentError): Error {
  return code === undefined ? new Error(message) : new TraillakeError(code, params as ErrorParams<ErrorCode>)
}
