import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DataSet, generate } from './generate.ts'
import { runChild } from './run-child.ts'

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where benchmarks keep what they make. */
export const WORK = join(ROOT, 'benchmarks/data')

/**
 * A bucket of log files as all benchmarks use it, made if it is not there.
 *
 * By a process of its own: the peak memory of later ones would count what this one held when it started them.
 *
 * @param eventsAFile default: as many as CloudTrail's files of a busy account
 */
export function trails(events: number, days: number, seed: number, eventsAFile?: number): DataSet {
  return runChild<DataSet>('trails.js', [events, days, seed, eventsAFile ?? []].flat().map(String))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [events, days, seed, eventsAFile] = process.argv.slice(2).map(Number) as [number, number, number, number?]
  mkdirSync(WORK, { recursive: true })
  const name = ['trails', ...process.argv.slice(2)].join('-')
  const files = join(ROOT, 'test-data/trails/invictus-2023')
  console.log(JSON.stringify(generate(join(WORK, name), files, events, days, seed, eventsAFile)))
}
