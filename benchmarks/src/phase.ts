/*
 * One measured phase in a process of its own, so that its time and peak memory are its own: `node phase.js <phase> <json arguments>`
 * prints one JSON line.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Lake, openLake, type PartitionLayout } from '@traillake/core'
import {
  exportSql,
  hiveSql,
  importOnceSql,
  importSql,
  loadSql,
  nativeTableSql,
  parseSql,
  rawSql,
  smallFilesSql,
} from './by-hand.ts'
import { dataFiles } from './data-files.ts'
import { median } from './statistics.ts'

export interface ImportFigures {
  readonly ms: number
  /** Processor time of the import, user and system: it says more than `ms` where other work runs beside. */
  readonly cpuMs: number
  /** What compaction takes after it; absent by hand. */
  readonly compactMs?: number
  /** Of the process once compaction is done, import included. */
  readonly compactPeakBytes?: number
  readonly peakBytes: number
  readonly events: number
  readonly storedBytes: number
  readonly dataFiles: number
}

export interface QueryFigures {
  /** Median warm time of each query, in order. */
  readonly ms: readonly number[]
  readonly rows: readonly number[]
  readonly peakBytes: number
}

export interface BothFigures {
  /** Median warm times of each query, in order. */
  readonly disk: readonly number[]
  readonly s3: readonly number[]
}

/** A step that is timed by itself. */
export interface StepFigures {
  readonly ms: number
  readonly cpuMs: number
  readonly peakBytes: number
}

interface Arguments {
  readonly source: string
  readonly target: string
  readonly layout: PartitionLayout
  readonly queries: readonly string[]
  readonly runs: number
  readonly threads: number
  /** The same lake in S3, and the cache for it. */
  readonly remote: string
  readonly cache: string
}

const phases: Readonly<Record<string, (args: Arguments) => Promise<object>>> = {
  async 'import-traillake'({ source, target, layout, threads }) {
    rmSync(target, { recursive: true, force: true })
    const started = performance.now()
    const startedCpu = process.cpuUsage()
    const lake = await openLake(target, { create: true })
    // Compaction is work that by hand nobody does: it is timed by itself.
    const report = await lake.import(source, { into: 'events', layout, workers: threads, compact: false })
    const ms = performance.now() - started
    const cpuMs = cpuSince(startedCpu)
    const { bytes, dataFiles } = await lake.describe('events')
    const peakBytes = peakMemory()
    const compactStarted = performance.now()
    await lake.compact()
    const compactMs = performance.now() - compactStarted
    await lake.close()
    return {
      ms,
      cpuMs,
      peakBytes,
      compactMs,
      compactPeakBytes: peakMemory(),
      events: report.read,
      storedBytes: bytes,
      dataFiles,
    }
  },
  async 'import-by-hand'(args) {
    const { source, target, layout, threads } = args
    const figures = await timeStep(':memory:', importSql(source, target, layout), args)
    const connection = await openDuckDb(':memory:', threads, `${target}.tmp`)
    const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const [[count] = [0n]] = (
      await connection.runAndReadAll(`SELECT count(*) FROM read_parquet('${target}/**/*.parquet')`)
    ).getRows() as [[bigint]]
    return {
      ...figures,
      events: Number(count),
      storedBytes: files.reduce((sum, f) => sum + statSync(join(f.parentPath, f.name)).size, 0),
      dataFiles: files.length,
    }
  },
  /** By hand, with each event once. */
  'import-once': (args) => timeStep(':memory:', importOnceSql(args.source, args.target, args.layout), args),
  /** From the log files into a native table. */
  'load-raw': (args) => timeStep(args.target, `${loadSql(args.source)}; CHECKPOINT`, args),
  /** What every import does at least: inflate and parse; and write. */
  'parse-alone': (args) => timeStep(':memory:', parseSql(args.source), args),
  'write-alone': (args) => timeStep(args.source, exportSql(args.target, args.layout), args),
  async 'load-native'({ source, target, layout, threads }) {
    rmSync(target, { force: true })
    const connection = await openDuckDb(target, threads, `${target}.tmp`)
    await connection.run(nativeTableSql(source, layout))
    await connection.run('CHECKPOINT')
    return {}
  },
  async 'query-traillake'({ target, queries, runs, threads }) {
    const lake = await openLake(target, { readOnly: true, threads })
    const figures = await timeQueries(
      queries,
      runs,
      async (sql) => (await (await lake.query(sql, { rowMode: 'array' })).toArray()).length,
    )
    await lake.close()
    return figures
  },
  /** A lake on disk and the same one in S3: each query is asked of both in turns. */
  async 'query-both'({ target, remote, cache, queries, runs, threads }) {
    const disk = await openLake(target, { readOnly: true, threads })
    const s3 = await openLake(remote, { readOnly: true, threads, cacheDirectory: cache })
    const ask = async (lake: Lake, sql: string) =>
      (await (await lake.query(sql, { rowMode: 'array' })).toArray()).length
    const figures = await timeQueries(
      queries.flatMap((_, i) => [String(i), String(-i - 1)]),
      runs,
      (which) => (Number(which) < 0 ? ask(s3, queries[-Number(which) - 1]!) : ask(disk, queries[Number(which)]!)),
    )
    await Promise.all([disk.close(), s3.close()])
    return { disk: figures.ms.filter((_, i) => i % 2 === 0), s3: figures.ms.filter((_, i) => i % 2 === 1) }
  },
  async 'query-native'({ target, queries, runs, threads }) {
    const connection = await openDuckDb(target, threads, `${target}.tmp`)
    await connection.run('SET late_materialization_max_rows = 10000')
    return timeQueries(queries, runs, async (sql) => (await connection.runAndReadAll(sql)).getRowsJson().length)
  },
  async 'load-small-files'({ source, target, layout, threads }) {
    rmSync(target, { recursive: true, force: true })
    const connection = await openDuckDb(':memory:', threads, `${target}.tmp`)
    await connection.run(smallFilesSql(source, target, layout))
    return {}
  },
  /** DuckDB by hand over many small files in hive folders: each query once. */
  async 'query-small-files'({ source, layout, queries, threads }) {
    const connection = await openDuckDb(':memory:', threads, `${source}.tmp`)
    await connection.run(`CREATE VIEW events AS ${hiveSql([`${source}/**/*.parquet`], layout)}`)
    return timeQueries(queries, 1, async (sql) => (await connection.runAndReadAll(sql)).getRowsJson().length)
  },
  /** DuckDB by hand over the files of the lake itself. */
  async 'query-hive'({ target, layout, queries, runs, threads }) {
    const files = await dataFiles(target)
    const connection = await openDuckDb(':memory:', threads, `${target}.tmp`)
    await connection.run('SET late_materialization_max_rows = 10000')
    await connection.run('SET parquet_metadata_cache = true')
    await connection.run(`CREATE VIEW events AS ${hiveSql(files, layout)}`)
    return timeQueries(queries, runs, async (sql) => (await connection.runAndReadAll(sql)).getRowsJson().length)
  },
  /** DuckDB by hand over the log files: each query once. */
  async 'query-raw'({ source, queries, threads }) {
    const connection = await openDuckDb(':memory:', threads, `${source}.tmp`)
    await connection.run(`CREATE VIEW events AS ${rawSql(source)}`)
    const ms: number[] = []
    for (const sql of queries) {
      const started = performance.now()
      await connection.runAndReadAll(sql)
      ms.push(performance.now() - started)
    }
    return { ms, rows: [] }
  },
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The most memory that this process had so far, in bytes. */
const peakMemory = (): number => process.resourceUsage().maxRSS * 1024

/** Runs a statement on a database that has just been opened; what lies at the target is removed before. */
async function timeStep(database: string, sql: string, { target, threads }: Arguments) {
  rmSync(target, { recursive: true, force: true })
  const started = performance.now()
  const startedCpu = process.cpuUsage()
  const connection = await openDuckDb(database, threads, `${target}.tmp`)
  await connection.run(sql)
  return { ms: performance.now() - started, cpuMs: cpuSince(startedCpu) }
}

async function openDuckDb(path: string, threads: number, temp: string) {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(path, { threads: String(threads), temp_directory: temp })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return connection
}

/** Each query once to warm up, then `runs` times; queries take turns, so that a noisy second spreads over all. */
async function timeQueries(
  queries: readonly string[],
  runs: number,
  run: (sql: string) => Promise<number>,
): Promise<{ ms: number[]; rows: number[] }> {
  const rows: number[] = []
  for (const sql of queries) rows.push(await run(sql))
  const times: number[][] = queries.map(() => [])
  for (let i = 0; i < runs; i++) {
    for (const [q, sql] of queries.entries()) {
      const started = performance.now()
      await run(sql)
      times[q]!.push(performance.now() - started)
    }
  }
  return { ms: times.map(median), rows }
}

const [, , name = '', json = '{}'] = process.argv
const phase = phases[name]
if (!phase) throw new Error(`no phase ${name}`)
const figures = await phase(JSON.parse(json) as Arguments)
process.stdout.write(`${JSON.stringify({ peakBytes: peakMemory(), ...figures })}\n`)
process.exit(0)
