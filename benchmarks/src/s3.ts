import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openLake } from '@traillake/core'
import type { BothFigures, ImportFigures } from './phase.ts'
import { benchmarkQueries } from './queries.ts'
import { runChild } from './run-child.ts'
import { geometricMean, median } from './statistics.ts'
import { trails, WORK } from './trails.ts'

const HELP = `npm run bench:s3 -- [options]
  --events N    events to generate (default 300000)
  --days N      days they spread over (default 30)
  --seed N      of the generator (default 1)
  --runs N      counted runs of each import; queries run three times as often (default 3)
  --layout L    account-region-date or date (default date)`

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    days: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    layout: { type: 'string', default: 'date' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}

const target = join(WORK, `s3-lake-${values.layout}`)
const cache = join(WORK, 's3-cache')
const [events, days, seed, runs] = [values.events, values.days, values.seed, values.runs].map(Number) as [
  number,
  number,
  number,
  number,
]
const threads = cpus().length
const ratio = (value: number) => `${value.toFixed(2)}x`

const data = trails(events, days, seed)
console.log(`# traillake with S3
CPU: ${cpus()[0]?.model.trim()}, ${threads} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version}
command: npm run bench:s3 -- --events ${events} --days ${days} --seed ${seed} --runs ${runs} --layout ${values.layout}
data: ${data.events} events, ${data.files} files, ${Math.round(data.gzBytes / 1e6)} MB gzipped; the server is benchmarks/src/s3-server.ts, on the same cores\n`)

const { endpoint, counts, stop } = await startServer({ trails: data.folder, lake: target })
const env = {
  ...process.env,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'none',
}
Object.assign(process.env, env)

const importFrom = (source: string) =>
  phase<ImportFigures>('import-traillake', { source, target, layout: values.layout })
const imports: { disk: ImportFigures; s3: ImportFigures }[] = []
for (let run = 0; run < runs; run++) imports.push({ s3: importFrom('s3://trails'), disk: importFrom(data.folder) })
const speeds = (of: (figures: ImportFigures) => number) => imports.map(({ disk, s3 }) => of(disk) / of(s3))
console.log(
  `import from S3 against from disk, into a lake on disk, run by run: ${speeds(({ ms }) => ms)
    .map(ratio)
    .join(', ')} of the speed; by processor time ${speeds(({ cpuMs }) => cpuMs)
    .map(ratio)
    .join(', ')}; median **${ratio(median(speeds(({ ms }) => ms)))}**\n`,
)

rmSync(cache, { recursive: true, force: true })
await counts()
const whole = await openLake(target, { readOnly: true })
const { bytes } = await whole.describe('events')
const queries = benchmarkQueries(data)
console.log(
  '| cold query, each with an empty cache | requests | bytes | share of the data files |\n| --- | --- | --- | --- |',
)
const cold = [
  ...queries,
  { name: 'count of everything', lake: 'SELECT count(*) FROM events' },
  {
    name: 'one day',
    lake: `SELECT eventName, count(*) FROM events WHERE date(eventTime) = DATE '${data.needle.day}' GROUP BY 1`,
  },
]
for (const { name, lake } of cold) {
  rmSync(cache, { recursive: true, force: true })
  await counts()
  const remote = await openLake('s3://lake', { readOnly: true, cacheDirectory: cache })
  await (await remote.query(lake)).toArray()
  await remote.close()
  const taken = await counts()
  console.log(`| ${name} | ${taken.requests} | ${taken.bytes} | ${((taken.bytes / bytes) * 100).toFixed(1)} % |`)
}
await whole.close()

const both = phase<BothFigures>('query-both', {
  target,
  remote: 's3://lake',
  cache,
  queries: queries.map((q) => q.lake),
})
console.log('\n| query, warm | lake on disk | lake in S3 | ratio |\n| --- | --- | --- | --- |')
const ratios = queries.map(({ name }, i) => {
  const [disk, s3] = [both.disk[i]!, both.s3[i]!]
  console.log(`| ${name} | ${disk.toFixed(1)} ms | ${s3.toFixed(1)} ms | ${ratio(s3 / disk)} |`)
  return s3 / disk
})
console.log(`\ngeometric mean: **${ratio(geometricMean(ratios))}**`)
stop()

function phase<T>(name: string, args: object): T {
  return runChild<T>('phase.js', [name, JSON.stringify({ threads, runs: runs * 3, ...args })], env)
}

async function startServer(buckets: Readonly<Record<string, string>>) {
  const script = fileURLToPath(new URL('./s3-server.js', import.meta.url))
  const args = Object.entries(buckets).map(([bucket, folder]) => `${bucket}=${folder}`)
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = (await child.stdout.setEncoding('utf8').take(1).toArray()) as [string]
  const at = `http://127.0.0.1:${port.trim()}`
  return {
    endpoint: at,
    counts: async () => (await (await fetch(`${at}/-/counts`)).json()) as { requests: number; bytes: number },
    stop: () => child.kill(),
  }
}
