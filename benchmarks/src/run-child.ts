import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Runs a program of this folder in a process of its own, so that its time and peak memory are its own. Its last line is the answer as JSON.
 *
 * @param program such as `phase.js`
 */
export function runChild<T>(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): T {
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL(`./${program}`, import.meta.url)), ...args],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26, env },
  )
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status ?? signal}`)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T
}
