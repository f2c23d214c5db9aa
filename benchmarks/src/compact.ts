/*
 * What compaction costs and what queries gain by it: `node benchmarks/dist/compact.js [--events N] [--layout L]`.
 *
 * Rows a second of processor time are what one core compacts, whatever else runs on the machine.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLake, type PartitionLayout } from '@traillake/core'
import type { QueryFigures } from './phase.ts'
import { benchmarkQueries } from './queries.ts'
import { runChild } from './run-child.ts'
import { geometricMean } from './statistics.ts'
import { trails, WORK } from './trails.ts'

interface CompactFigures {
  readonly ms: number
  readonly processorMs: number
  readonly peakBytes: number
  readonly rows: number
  readonly filesBefore: number
  readonly filesAfter: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly slowestCommitMs: number
}

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '300000' },
    days: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    layout: { type: 'string', default: 'both' },
  },
})

if (positionals[0] === 'run') await compact(positionals[1]!)
else await main()

/** In a process of its own, so that its time and peak memory are its own. */
async function compact(location: string): Promise<void> {
  const lake = await openLake(location)
  const before = await lake.describe('events')
  const [started, processor] = [performance.now(), process.cpuUsage()]
  const report = await lake.compact({ workers: 1 })
  const ms = performance.now() - started
  const { user, system } = process.cpuUsage(processor)
  const after = await lake.describe('events')
  const { rows, slowestCommitMs } = report.stores[0]!.events
  if (report.failures.length > 0 || after.events !== before.events) throw new Error('compaction did not keep the rows')
  const figures: CompactFigures = {
    ms,
    processorMs: (user + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    rows,
    filesBefore: before.dataFiles,
    filesAfter: after.dataFiles,
    bytesBefore: before.bytes,
    bytesAfter: after.bytes,
    slowestCommitMs,
  }
  await lake.close()
  process.stdout.write(`${JSON.stringify(figures)}\n`)
}

async function main(): Promise<void> {
  const [events, days, seed] = [values.events, values.days, values.seed].map(Number) as [number, number, number]
  const data = trails(events, days, seed)
  const queries = benchmarkQueries(data)
  for (const layout of ['account-region-date', 'date'] as const satisfies readonly PartitionLayout[]) {
    if (values.layout !== 'both' && values.layout !== layout) continue
    const location = join(WORK, `compact-${layout}`)
    rmSync(location, { recursive: true, force: true })
    const lake = await openLake(location, { create: true })
    await lake.import(data.folder, { into: 'events', layout, compact: false })
    await lake.close()
    const query = () =>
      runChild<QueryFigures>('phase.js', [
        'query-traillake',
        JSON.stringify({ target: location, queries: queries.map((q) => q.lake), runs: 5, threads: 2 }),
      ])
    const before = query()
    const figures = runChild<CompactFigures>('compact.js', ['run', location])
    const after = query()
    report(layout, figures)
    console.log('| query (warm median) | before | after | ratio |\n| --- | --- | --- | --- |')
    const ratios = queries.map(({ name }, i) => {
      const ratio = after.ms[i]! / before.ms[i]!
      if (after.rows[i] !== before.rows[i]) throw new Error(`${name}: other rows after compaction`)
      console.log(`| ${name} | ${before.ms[i]!.toFixed(1)} ms | ${after.ms[i]!.toFixed(1)} ms | ${ratio.toFixed(2)}x |`)
      return ratio
    })
    console.log(`\ngeometric mean: **${geometricMean(ratios).toFixed(2)}x** of the time before\n`)
    rmSync(location, { recursive: true, force: true })
  }
}

function report(layout: string, figures: CompactFigures): void {
  const { ms, processorMs, rows, filesBefore, filesAfter, bytesBefore, bytesAfter, peakBytes, slowestCommitMs } =
    figures
  console.log(`## compaction, layout ${layout}, 1 worker\n`)
  console.log(
    '| files | bytes | rows | time | rows a second of processor time | peak memory | slowest commit |\n| --- | --- | --- | --- | --- | --- | --- |',
  )
  console.log(
    `| ${filesBefore} to ${filesAfter} | ${(bytesBefore / 1e6).toFixed(1)} to ${(bytesAfter / 1e6).toFixed(1)} MB | ${rows} | ${(ms / 1000).toFixed(1)} s | ${Math.round((rows / processorMs) * 1000)} | ${Math.round(peakBytes / 1e6)} MB | ${slowestCommitMs.toFixed(1)} ms |\n`,
  )
}
