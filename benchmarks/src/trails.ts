import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DataSet, generate } from './generate.ts'

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where benchmarks keep what they make. */
export const WORK = join(ROOT, 'benchmarks/data')

/**
 * A bucket of log files as all benchmarks use it, made if it is not there.
 *
 * @param eventsAFile default: as many as CloudTrail's files of a busy account
 */
export function trails(events: number, days: number, seed: number, eventsAFile?: number): DataSet {
  mkdirSync(WORK, { recursive: true })
  const name = `trails-${events}-${days}-${seed}${eventsAFile === undefined ? '' : `-${eventsAFile}`}`
  return generate(join(WORK, name), join(ROOT, 'test-data/trails/invictus-2023'), events, days, seed, eventsAFile)
}
