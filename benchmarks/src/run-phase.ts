import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a phase of phase.ts in a process of its own, so that its time and peak memory are its own. */
export function runPhase<T>(name: string, args: object, env: NodeJS.ProcessEnv = process.env): T {
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('./phase.js', import.meta.url)), name, JSON.stringify(args)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26, env },
  )
  if (status !== 0) throw new Error(`${name} ended with ${status ?? signal}`)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T
}
