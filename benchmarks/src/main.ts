import { rmSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { PartitionLayout } from '@traillake/core'
import { chDb } from './chdb.ts'
import type { ImportFigures, QueryFigures, StepFigures } from './phase.ts'
import { benchmarkQueries } from './queries.ts'
import { runChild } from './run-child.ts'
import { geometricMean, median } from './statistics.ts'
import { trails, WORK } from './trails.ts'

const HELP = `npm run bench -- [options]
  --events N    events to generate (default 300000)
  --days N      days they spread over (default 5)
  --seed N      of the generator (default 1)
  --runs N      counted runs of each import; queries run three times as often (default 3)
  --threads N   workers and engine threads (default: cores)
  --layout L    account-region-date, date, or both (default both)
  --raw         ask the raw log files, too, where there are more than half a million events
  --small-files ask DuckDB by hand over fifty files a partition, too
  --peers       time other ways to load beside the import, and what bounds all of them
  --only WHAT   imports, or queries: over what a run of imports with the same events left
TRAILLAKE_CHDB=/path/to/python, one that has the package chdb, puts ClickHouse beside the queries`

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    events: { type: 'string', default: '300000' },
    days: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(cpus().length) },
    layout: { type: 'string', default: 'both' },
    only: { type: 'string' },
    raw: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    'small-files': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}

const [events, days, seed, runs, threads] = [values.events, values.days, values.seed, values.runs, values.threads].map(
  Number,
) as [number, number, number, number, number]

function phase<T>(name: string, args: object): T {
  return runChild<T>('phase.js', [name, JSON.stringify({ threads, runs: runs * 3, ...args })])
}

const ratio = (value: number) => `${value.toFixed(2)}x`
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`

console.log(`# traillake benchmark`)
console.log(
  `CPU: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version}; ${threads} threads`,
)
console.log(
  `command: npm run bench -- --events ${events} --days ${days} --seed ${seed} --runs ${runs} --threads ${threads} --layout ${values.layout}`,
)

const started = Date.now()
const data = trails(events, days, seed)
console.log(
  `data: ${data.events} events (${data.distinctEvents} distinct), ${data.files} files, ${megabytes(data.rawBytes)} of JSON, ${megabytes(data.gzBytes)} gzipped (${Math.round((Date.now() - started) / 1000)} s)\n`,
)
const queries = benchmarkQueries(data)
/** Reading it all for each query: minutes where there is more. */
const withRaw = values.raw || data.events <= 500_000
let raw: QueryFigures | undefined
const against = (own: number, peer: number | undefined) =>
  peer === undefined ? '- | -' : `${peer.toFixed(1)} ms | ${ratio(own / peer)}`
/** Over the queries that count. */
const meanAgainst = (own: QueryFigures, peer: QueryFigures | undefined) => {
  const ratios = own.ms.map((ms, i) => ms / (peer?.ms[i] ?? Number.NaN)).filter((_, i) => !queries[i]!.isBeside)
  return peer ? ratio(geometricMean(ratios)) : 'not run'
}

for (const layout of ['account-region-date', 'date'] as const) {
  if (values.layout !== 'both' && values.layout !== layout) continue
  console.log(`## layout ${layout}\n`)
  if (values.only !== 'queries') compareImports(layout)
  if (values.only !== 'imports') await compareQueries(layout)
}

function compareImports(layout: PartitionLayout): void {
  const { ours, byHand, native } = places(layout)
  const figures = { ours: [] as ImportFigures[], byHand: [] as ImportFigures[] }
  for (let run = 0; run < runs; run++) {
    figures.ours.push(phase<ImportFigures>('import-traillake', { source: data.folder, target: ours, layout }))
    figures.byHand.push(phase<ImportFigures>('import-by-hand', { source: data.folder, target: byHand, layout }))
  }
  if (figures.ours[0]!.events !== data.events)
    throw new Error(`traillake read ${figures.ours[0]!.events} of ${data.events} events`)
  console.log(
    '| import | events/s | time | processor time | peak memory | bytes an event | data files |\n| --- | --- | --- | --- | --- | --- | --- |',
  )
  for (const [name, all] of [
    ['traillake', figures.ours],
    ['DuckDB by hand', figures.byHand],
  ] as const) {
    const ms = median(all.map((f) => f.ms))
    const peak = Math.max(...all.map((f) => f.peakBytes))
    console.log(
      `| ${name} | ${Math.round((data.events / ms) * 1000)} | ${(ms / 1000).toFixed(2)} s | ${(median(all.map((f) => f.cpuMs)) / 1000).toFixed(2)} s | ${megabytes(peak)} | ${Math.round(all[0]!.storedBytes / data.distinctEvents)} | ${all[0]!.dataFiles} |`,
    )
  }
  const speedUps = figures.ours.map((f, i) => figures.byHand[i]!.ms / f.ms)
  console.log(
    `\nimport speed against by hand, run by run: ${speedUps.map(ratio).join(', ')}; median **${ratio(median(speedUps))}**; ` +
      `by processor time ${ratio(median(figures.ours.map((f, i) => figures.byHand[i]!.cpuMs / f.cpuMs)))}\n` +
      `compaction after it: ${(median(figures.ours.map((f) => f.compactMs ?? 0)) / 1000).toFixed(2)} s (peak memory ${megabytes(Math.max(...figures.ours.map((f) => f.compactPeakBytes ?? 0)))}; the queries below run over what it leaves)\n`,
  )
  phase('load-native', { source: byHand, target: native, layout })
  if (values.peers) compareLoads(layout)
}

/** Other ways to load the same files, each in turn with the import. */
function compareLoads(layout: PartitionLayout): void {
  const { ours, native } = places(layout)
  const target = join(WORK, `load-${layout}`)
  const source = data.folder
  const all: Record<string, readonly StepFigures[]> = {}
  for (let run = 0; run < runs; run++) {
    const steps: Readonly<Record<string, StepFigures>> = {
      traillake: phase<ImportFigures>('import-traillake', { source, target: ours, layout }),
      'traillake, one worker': phase<ImportFigures>('import-traillake', { source, target: ours, layout, threads: 1 }),
      'by hand, each event once': phase<StepFigures>('import-once', { source, target, layout }),
      'into a native table': phase<StepFigures>('load-raw', { source, target, layout }),
      'inflate and parse alone': phase<StepFigures>('parse-alone', { source, target, layout }),
      'write alone': phase<StepFigures>('write-alone', { source: native, target, layout }),
    }
    for (const [name, figures] of Object.entries(steps)) all[name] = [...(all[name] ?? []), figures]
  }
  console.log(
    '| load | time | processor time | peak memory | its time, of that of traillake |\n| --- | --- | --- | --- | --- |',
  )
  const own = all.traillake!
  for (const [name, figures] of Object.entries(all)) {
    const middle = (of: (one: StepFigures) => number) => median(figures.map(of))
    const against = median(figures.map(({ ms }, run) => ms / own[run]!.ms))
    console.log(
      `| ${name} | ${(middle((f) => f.ms) / 1000).toFixed(2)} s | ${(middle((f) => f.cpuMs) / 1000).toFixed(2)} s | ${megabytes(middle((f) => f.peakBytes))} | ${ratio(against)} |`,
    )
  }
  rmSync(target, { recursive: true, force: true })
  console.log('')
}

async function compareQueries(layout: PartitionLayout): Promise<void> {
  const { ours, native } = places(layout)
  const own = phase<QueryFigures>('query-traillake', { target: ours, queries: queries.map((q) => q.lake) })
  const upper = phase<QueryFigures>('query-native', { target: native, queries: queries.map((q) => q.duckdb) })
  const hive = phase<QueryFigures>('query-hive', { target: ours, layout, queries: queries.map((q) => q.duckdb) })
  raw ??= withRaw
    ? phase<QueryFigures>('query-raw', { source: data.folder, queries: queries.map((q) => q.duckdb) })
    : undefined
  const clickHouse = (table: boolean) =>
    chDb(ours, { queries: queries.map((q) => q.clickhouse), runs: runs * 3, threads, table })
  const [mergeTree, sameFiles] = [await clickHouse(true), await clickHouse(false)]
  const small = values['small-files'] ? overSmallFiles(layout) : undefined
  const peers = [
    ['native table', upper],
    ['by hand, same files', hive],
    ['by hand, small files', small],
    ['raw JSON, once', raw],
    ['chDB, MergeTree', mergeTree],
    ['chDB, same files', sameFiles],
  ] as const
  console.log(
    `| query (warm median) | rows | traillake | ${peers.map(([name]) => `${name} | ratio`).join(' | ')} |\n| --- | --- | --- |${' --- | --- |'.repeat(peers.length)}`,
  )
  for (const [i, query] of queries.entries()) {
    for (const [name, peer] of peers) {
      if (peer?.rows[i] !== undefined && peer.rows[i] !== own.rows[i])
        throw new Error(`${query.name}: ${own.rows[i]} rows, ${name} ${peer.rows[i]}`)
    }
    console.log(
      `| ${query.name}${query.isBeside ? ' (beside)' : ''} | ${own.rows[i]} | ${own.ms[i]!.toFixed(1)} ms | ${peers.map(([, peer]) => against(own.ms[i]!, peer?.ms[i])).join(' | ')} |`,
    )
  }
  console.log(
    `\ngeometric means: ${peers.map(([name, peer]) => `${name} **${meanAgainst(own, peer)}**`).join(', ')}; peak memory of the query process ${megabytes(own.peakBytes)}\n`,
  )
}

function overSmallFiles(layout: PartitionLayout): QueryFigures {
  const target = join(WORK, `small-files-${layout}`)
  phase('load-small-files', { source: places(layout).byHand, target, layout })
  return phase<QueryFigures>('query-small-files', { source: target, layout, queries: queries.map((q) => q.duckdb) })
}

function places(layout: PartitionLayout) {
  return {
    ours: join(WORK, `lake-${layout}`),
    byHand: join(WORK, `by-hand-${layout}`),
    native: join(WORK, `native-${layout}.duckdb`),
  }
}
