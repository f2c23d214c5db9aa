/*
 * How import and queries grow with the number of files and of events: `node benchmarks/dist/growth.js [--files 100,1000] [--events 300000]`.
 *
 * Each step runs in a process of its own, so that its time and peak memory are its own.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLake, type PartitionLayout } from '@traillake/core'
import type { DataSet } from './generate.ts'
import { benchmarkQueries } from './queries.ts'
import { runChild } from './run-child.ts'
import { median } from './statistics.ts'
import { trails, WORK } from './trails.ts'

const HELP = `npm run bench:growth -- [options]
  --files LIST   numbers of files of ten events each (default 100,1000,10000,20000)
  --events LIST  numbers of events in files of 290 (default 300000,2000000)
  --layout L     account-region-date or date (default account-region-date)`

const DAYS = 5
const SEED = 1
const EVENTS_A_SMALL_FILE = 10

/** The questions whose times show what files and events cost: one file, filters of all files, and every event. */
const ASKED = ['one account, region and day', 'one eventID', 'count by eventName, top 20']
const QUERY_RUNS = 5

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '100,1000,10000,20000' },
    events: { type: 'string', default: '300000,2000000' },
    layout: { type: 'string', default: 'account-region-date' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

interface Figures {
  readonly ms: number
  readonly peakBytes: number
  readonly read: number
  readonly slowestCommitMs: number
}

type Step = 'import' | 'compact' | 'query'

if (values.help) console.log(HELP)
else if (positionals.length > 0) await run(...(positionals as [Step, string, string]))
else main()

async function run(step: Step, location: string, source: string): Promise<void> {
  if (step === 'query') {
    console.log(JSON.stringify(await query(location, source)))
    return
  }
  const lake = await openLake(location, { create: true })
  const started = performance.now()
  let [read, slowestCommitMs] = [0, 0]
  if (step === 'compact') slowestCommitMs = (await lake.compact()).stores[0]!.events.slowestCommitMs
  else {
    const layout = values.layout as PartitionLayout
    read = (await lake.import(source, { into: 'events', layout, compact: false })).read
  }
  const ms = performance.now() - started
  await lake.close()
  const figures: Figures = { ms, peakBytes: process.resourceUsage().maxRSS * 1024, read, slowestCommitMs }
  console.log(JSON.stringify(figures))
}

interface QueryTimes {
  /** Median milliseconds of each of ASKED. */
  readonly ms: readonly number[]
}

/** @param data a data set as JSON */
async function query(location: string, data: string): Promise<QueryTimes> {
  const lake = await openLake(location, { readOnly: true, threads: 2 })
  const queries = benchmarkQueries(JSON.parse(data) as DataSet)
  const ms: number[] = []
  for (const name of ASKED) {
    const { lake: sql } = queries.find((one) => one.name === name)!
    const times: number[] = []
    for (let run = 0; run <= QUERY_RUNS; run++) {
      const started = performance.now()
      await (await lake.query(sql, { rowMode: 'array' })).toArray()
      times.push(performance.now() - started)
    }
    ms.push(median(times.slice(1)))
  }
  await lake.close()
  return { ms }
}

function main(): void {
  console.log(`layout ${values.layout}, ${DAYS} days; queries: ${ASKED.join('; ')}\n`)
  console.log(
    '| files | events | import | events/s | peak memory | again, unchanged | its memory | compaction | its slowest commit | queries before it | and after |\n' +
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  )
  for (const files of numbers(values.files)) measure(files * EVENTS_A_SMALL_FILE, EVENTS_A_SMALL_FILE)
  for (const events of numbers(values.events)) measure(events)
}

function numbers(list: string): readonly number[] {
  return list.split(',').filter(Boolean).map(Number)
}

/** @param eventsAFile default: as many as CloudTrail's files of a busy account */
function measure(events: number, eventsAFile?: number): void {
  const data = trails(events, DAYS, SEED, eventsAFile)
  const location = join(WORK, 'growth')
  rmSync(location, { recursive: true, force: true })
  const first = child<Figures>('import', location, data.folder)
  const again = child<Figures>('import', location, data.folder)
  const before = child<QueryTimes>('query', location, JSON.stringify(data))
  const compaction = child<Figures>('compact', location, data.folder)
  const after = child<QueryTimes>('query', location, JSON.stringify(data))
  if (again.read !== 0) throw new Error(`${again.read} records were read again`)
  const cells = [
    data.files,
    first.read,
    seconds(first.ms),
    Math.round((first.read / first.ms) * 1000),
    megabytes(first.peakBytes),
    seconds(again.ms),
    megabytes(again.peakBytes),
    seconds(compaction.ms),
    `${compaction.slowestCommitMs.toFixed(1)} ms`,
    ...[before, after].map(({ ms }) => `${ms.map((each) => each.toFixed(1)).join(', ')} ms`),
  ]
  console.log(`| ${cells.join(' | ')} |`)
  rmSync(location, { recursive: true, force: true })
}

function child<T>(step: Step, location: string, source: string): T {
  return runChild<T>('growth.js', [step, location, source, '--layout', values.layout])
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
