/*
 * How answers leave the engine, over a lake that `npm run bench -- --events 2000000 --days 10` made: `npm run bench:results`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLake } from '@traillake/core'
import { median } from './statistics.ts'
import { ROOT, WORK } from './trails.ts'

const HELP = `npm run bench:results -- [options], after npm run bench
  --layout L  account-region-date or date (default date)
  --runs N    counted runs (default 9)
  --long N    only stream each event N times, and say how much memory that took`

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    layout: { type: 'string', default: 'date' },
    runs: { type: 'string', default: '9' },
    long: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const THREADS = 2
const PREPARED_RUNS = 1000
const DAY_MS = 86_400_000
const runs = Number(values.runs)
const location = join(WORK, `lake-${values.layout}`)
const cli = join(ROOT, 'packages/cli/dist/main.js')
const COLUMNS =
  'eventTime, eventName, eventSource, awsRegion, sourceIPAddress, userAgent, eventID, recipientAccountId, userIdentity.arn, errorCode'

if (values.help) console.log(HELP)
else if (values.long !== undefined) await streamLong(Number(values.long))
else await measure()

async function measure(): Promise<void> {
  console.log('| what | median |\n| --- | --- |')
  const query = 'SELECT eventTime, eventName FROM events ORDER BY eventTime DESC LIMIT 10'
  await report('process start to rows: traillake query', () => node(cli, 'query', query, '--lake', location))
  await report('Node alone', () => node('-e', '0'))

  const lake = await openLake(location, { readOnly: true, threads: THREADS })
  const firsts = await lake.query(
    'SELECT min(eventTime) AS time, min(recipientAccountId) AS account, min(awsRegion) AS region FROM events',
  )
  const [first] = (await firsts.toArray()) as unknown as [
    { readonly time: string; readonly account: string; readonly region: string },
  ]
  const dayAfter = (days: number) =>
    new Date(Date.parse(first.time.slice(0, 10)) + days * DAY_MS).toISOString().slice(0, 10)

  const fiveDays = `SELECT ${COLUMNS} FROM events WHERE eventTime >= '${dayAfter(1)}' AND eventTime < '${dayAfter(6)}'`
  const toArrow = async (sql: string) => `${(await (await lake.query(sql)).toArrow()).numRows} rows`
  await report('five days of 10 columns to an Arrow table', () => toArrow(fiveDays))
  await report('LIMIT 1000000 to an Arrow table', () => toArrow(`SELECT ${COLUMNS} FROM events LIMIT 1000000`))
  await report('five days as an Arrow IPC stream', async () => {
    let bytes = 0
    for await (const part of (await lake.query(fiveDays)).arrowStream()) bytes += part.length
    return `${Math.round(bytes / 1e6)} MB`
  })

  const prepared = await lake.prepare(
    'SELECT eventName, count(*) AS n FROM events WHERE recipientAccountId = ? AND awsRegion = ? AND calendarday = ? GROUP BY eventName ORDER BY n DESC LIMIT 5',
  )
  for (const atOnce of [1, 3]) {
    let next = 0
    const worker = async () => {
      for (let i = next++; i < PREPARED_RUNS; i = next++) {
        const day = Number(dayAfter(1 + (i % 8)).replaceAll('-', ''))
        const rows = await (await prepared.query([first.account, first.region, day])).toArray()
        if (rows.length === 0) throw new Error(`nothing on ${day}`)
      }
    }
    await worker()
    next = 0
    const started = performance.now()
    await Promise.all(Array.from({ length: atOnce }, worker))
    const rate = (PREPARED_RUNS / (performance.now() - started)) * 1000
    console.log(`| prepared queries a second, ${atOnce} at a time | ${rate.toFixed(0)} |`)
  }
  await lake.close()
}

/** @param task gives what it found, to stand beside what it did */
async function report(what: string, task: () => string | Promise<string>): Promise<void> {
  let found = await task()
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const started = performance.now()
    found = await task()
    times.push(performance.now() - started)
  }
  console.log(`| ${what}${found && ` (${found})`} | ${median(times).toFixed(0)} ms |`)
}

function node(...args: readonly string[]): string {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return ''
}

/** What memory a long result takes: its peak in the first tenth of the rows beside that of all. */
async function streamLong(times: number): Promise<void> {
  const lake = await openLake(location, { readOnly: true, threads: THREADS })
  const sql = `SELECT eventTime, eventName, recipientAccountId, n FROM events CROSS JOIN UNNEST(sequence(1, ${times})) AS t(n)`
  const [{ n }] = (await (await lake.query('SELECT count(*) AS n FROM events')).toArray()) as unknown as [{ n: number }]
  const result = await lake.query(sql)
  const started = performance.now()
  let [peak, early] = [0, 0]
  for await (const _ of result.arrowStream()) {
    peak = Math.max(peak, process.memoryUsage.rss())
    if (result.statistics.rows < (n * times) / 10) early = peak
  }
  const seconds = (performance.now() - started) / 1000
  const { rows } = result.statistics
  if (rows !== n * times) throw new Error(`${rows} rows of ${n * times}`)
  console.log(
    `${rows} rows in ${seconds.toFixed(1)} s; most memory ${Math.round(peak / 1e6)} MB, ${Math.round(early / 1e6)} MB in the first tenth`,
  )
  await lake.close()
}
