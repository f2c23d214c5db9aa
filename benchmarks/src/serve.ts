import { existsSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openLake } from '@traillake/core'
import { load } from './serve-load.ts'
import { historyWindow, measureLookups } from './serve-lookups.ts'
import { ask, call, drain, residentBytes, serve } from './serve-process.ts'
import { median, quantile as quantileOf } from './statistics.ts'
import { trails, WORK } from './trails.ts'

const HELP = `npm run bench:serve -- [options]
  --events N    events in the lake (default 100000)
  --days N      days that they are spread over (default 3)
  --layout L    of their store: date (default) or account-region-date
  --audit       every call is recorded in the event data store traillake-audit
  --seconds N   how long each rate is measured, or the load lasts (default 10; with --load 60)
  --clients N   connections at a time (default 16; with --load 200)
  --load        mixed reads while the server is restarted three times and ten engines are killed; ends with 1 for a wrong answer or a lost query
  --seed N      of data and load (default 1)`

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    events: { type: 'string', default: '100000' },
    days: { type: 'string', default: '3' },
    layout: { type: 'string', default: 'date' },
    audit: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    clients: { type: 'string' },
    seed: { type: 'string', default: '1' },
    load: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const [events, days, seed] = [Number(values.events), Number(values.days), Number(values.seed)]
const layout = values.layout as 'date' | 'account-region-date'
const seconds = Number(values.seconds ?? (values.load ? 60 : 10))
const clients = Number(values.clients ?? (values.load ? 200 : 16))

const lake = join(WORK, `lake-serve-${events}-${days}-${layout}-${seed}`)
if (!existsSync(join(lake, 'traillake.json'))) {
  const data = trails(events, days, seed)
  await using made = await openLake(lake, { create: true })
  await made.import(data.folder, { into: 'bench', layout })
  await made.compact()
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
console.log(`# traillake serve: ${events} events of ${days} days, layout ${layout}, ${clients} clients, ${seconds} s`)
console.log(
  `CPU: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version}`,
)
process.exitCode = values.load ? await underLoad() : await figures()

async function underLoad(): Promise<number> {
  const {
    right,
    wrong,
    again,
    started,
    lost,
    residentBytes: memory,
  } = await load({
    ...{ lake, clients, seconds, seed },
    ...{ restarts: 3, kills: 10 },
  })
  console.log(`right answers: ${JSON.stringify(right)}`)
  console.log(`sent again: ${JSON.stringify(again)}`)
  console.log(`queries of StartQuery: ${started}, lost ${lost.length}; wrong answers: ${wrong.length}`)
  console.log(`resident memory: ${memory.map(megabytes).join(', ')}`)
  for (const text of [...wrong, ...lost].slice(0, 10)) console.log(text)
  return wrong.length + lost.length > 0 ? 1 : 0
}

async function figures(): Promise<number> {
  const ready: number[] = []
  for (let run = 0; run < 5; run++) {
    const started = await serve(lake)
    ready.push(started.readyMs)
    await started.stop()
  }
  report('start to ready', `${median(ready).toFixed(0)} ms (median of 5)`)
  const newestMs = await newestTime()
  const server = await serve(lake, 0, values.audit ? ['--audit'] : [])
  await sleep(2000)
  report('resident memory, idle', megabytes(residentBytes(server.pid)))

  const small = "SELECT eventname, count(*) AS n FROM bench WHERE eventname = 'Decrypt' GROUP BY 1"
  await rate('small queries on /v1/queries', () =>
    ask(server.port, { path: '/v1/queries', body: { statement: small } }),
  )
  for (const [what, figure] of await measureLookups(server.port, newestMs)) report(what, figure)
  const headers = { 'x-amz-target': 'CloudTrail_20131101.LookupEvents' }
  const body = historyWindow(newestMs)
  await rate('LookupEvents, the first page again', () => ask(server.port, { path: '/', body, headers }))
  const turns: number[] = []
  for (let i = 0; i < 50; i++) {
    const from = performance.now()
    const { body } = await call(server.port, 'StartQuery', { QueryStatement: small })
    for (;;) {
      const described = await call(server.port, 'DescribeQuery', { QueryId: body.QueryId })
      if (described.body.QueryStatus === 'FINISHED') break
      await sleep(2)
    }
    turns.push(performance.now() - from)
  }
  report('StartQuery to FINISHED', `${quantile(turns, 0.5)} (p95 ${quantile(turns, 0.95)})`)

  const wide =
    'SELECT a.eventid, a.eventname, a.eventtime, a.awsregion, a.eventsource, a.eventtype, a.requestid, a.useragent, a.sourceipaddress, a.readonly'
  const copies = Math.ceil(1_000_000 / events)
  const statement = `${wide} FROM bench a CROSS JOIN UNNEST(sequence(1, ${copies})) AS c (n) LIMIT 1000000`
  const accept = 'application/vnd.apache.arrow.stream'
  const arrow: number[] = []
  let bytes = 0
  for (let run = 0; run < 3; run++) {
    const from = performance.now()
    bytes = await drain(server.port, { path: '/v1/queries', body: { statement }, headers: { accept } })
    arrow.push(performance.now() - from)
  }
  report('up to 1,000,000 rows of 10 columns as Arrow', `${(median(arrow) / 1000).toFixed(2)} s, ${megabytes(bytes)}`)
  report('resident memory after it', megabytes(residentBytes(server.pid)))
  await server.stop()
  return 0
}

async function newestTime(): Promise<number> {
  await using opened = await openLake(lake, { readOnly: true })
  return (await opened.eventTimes('bench')).toMs
}

/** Requests a second with all clients, and the time of one by itself. */
async function rate(what: string, send: () => Promise<{ status: number; bytes: Buffer }>): Promise<void> {
  const one = async () => {
    const from = performance.now()
    const { status, bytes } = await send()
    if (status !== 200) throw new Error(bytes.toString())
    return performance.now() - from
  }
  for (let i = 0; i < 20; i++) await one()
  const alone: number[] = []
  for (let i = 0; i < 50; i++) alone.push(await one())
  let done = 0
  const endsAt = performance.now() + seconds * 1000
  const times: number[] = []
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < endsAt) {
        times.push(await one())
        done += 1
      }
    }),
  )
  report(
    what,
    `${Math.round(done / seconds)}/s (p50 ${quantile(times, 0.5)}, p95 ${quantile(times, 0.95)}); one by itself ${quantile(alone, 0.5)}`,
  )
}

function quantile(values: readonly number[], q: number): string {
  return `${quantileOf(values, q).toFixed(1)} ms`
}

function report(what: string, figure: string): void {
  console.log(`${what}: ${figure}`)
}
