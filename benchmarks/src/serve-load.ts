import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from './random.ts'
import { ask, call, childrenOf, residentBytes, type Served, serve } from './serve-process.ts'

export interface LoadOptions {
  readonly lake: string
  readonly clients: number
  readonly seconds: number
  readonly restarts: number
  readonly kills: number
  readonly seed: number
}

export interface LoadFigures {
  /** Answers that were compared and right, by kind. */
  readonly right: Readonly<Record<string, number>>
  readonly wrong: readonly string[]
  /** Requests that were sent again because the server was away, an engine was killed, or ten queries were under way. */
  readonly again: Readonly<Record<string, number>>
  readonly started: number
  /** Queries of StartQuery that are neither FINISHED nor FAILED with the reason in the end. */
  readonly lost: readonly string[]
  readonly residentBytes: readonly number[]
}

/** Statements whose answers do not change: nothing is written meanwhile. */
const statements = [
  'SELECT count(*) AS n FROM bench',
  'SELECT eventname, count(*) AS n FROM bench GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5',
  'SELECT awsregion, count(*) AS n FROM bench WHERE errorcode IS NOT NULL GROUP BY 1 ORDER BY 1',
  'SELECT recipientaccountid, min(eventtime) AS t FROM bench GROUP BY 1 ORDER BY 1',
]

class Again extends Error {}

/** Mixed reads of many clients, while the server is stopped and started and engines are killed. */
export async function load({ lake, clients, seconds, restarts, kills, seed }: LoadOptions): Promise<LoadFigures> {
  let server: Served = await serve(lake)
  const { port } = server
  const right: Record<string, number> = {}
  const again: Record<string, number> = {}
  const wrong: string[] = []
  const ids: string[] = []
  const count = (of: Record<string, number>, what: string) => {
    of[what] = (of[what] ?? 0) + 1
  }
  const compare = (kind: string, actual: unknown, expected: unknown) => {
    if (JSON.stringify(actual) === JSON.stringify(expected)) count(right, kind)
    else wrong.push(`${kind}: ${JSON.stringify(actual)} for ${JSON.stringify(expected)}`)
  }

  async function query(statement: string): Promise<unknown> {
    const { status, bytes } = await ask(port, { path: '/v1/queries', body: { statement } })
    const { rows, error } = JSON.parse(bytes.toString()) as { rows?: unknown; error?: { code: string } }
    if (status >= 500 || error) throw new Again(error?.code ?? String(status))
    return rows
  }
  const api = async (operation: string, body: object) => {
    const answer = await call(port, operation, body)
    if (answer.status !== 200) throw new Again(String(answer.body.__type ?? answer.status))
    return answer.body
  }
  const expected = new Map<string, unknown>()
  for (const statement of statements) expected.set(statement, await query(statement))
  const history = await api('LookupEvents', { MaxResults: 5 })
  const stores = await api('ListEventDataStores', {})

  const kinds: Readonly<Record<string, (random: Random) => Promise<void>>> = {
    async query(random) {
      const statement = random.pick(statements)
      compare('query', await query(statement), expected.get(statement))
    },
    async startQuery(random) {
      const statement = random.pick(statements)
      const { QueryId } = await api('StartQuery', { QueryStatement: statement })
      ids.push(QueryId as string)
      for (;;) {
        const { QueryStatus, QueryResultRows, ErrorMessage } = await api('GetQueryResults', { QueryId })
        if (QueryStatus === 'FAILED') throw new Again(String(ErrorMessage).slice(0, 60))
        if (QueryStatus === 'FINISHED') {
          const rows = (QueryResultRows as Record<string, string>[][]).map((row) => row.flatMap(Object.values))
          compare('startQuery', rows.length, (expected.get(statement) as unknown[]).length)
          return
        }
        await sleep(50)
      }
    },
    async lookupEvents() {
      compare('lookupEvents', (await api('LookupEvents', { MaxResults: 5 })).Events, history.Events)
    },
    async stores() {
      compare('stores', await api('ListEventDataStores', {}), stores)
    },
  }

  const endsAt = Date.now() + seconds * 1000
  async function client(number: number): Promise<void> {
    const random = seededRandom(seed + number)
    while (Date.now() < endsAt) {
      const kind = random.pick(['query', 'query', 'query', 'lookupEvents', 'stores', 'startQuery'])
      try {
        await kinds[kind]!(random)
      } catch (error) {
        count(again, error instanceof Again ? error.message : ((error as NodeJS.ErrnoException).code ?? 'connection'))
        await sleep(100)
      }
    }
  }

  async function trouble(): Promise<readonly number[]> {
    const memory: number[] = []
    const events = [...Array(restarts).fill('restart'), ...Array(kills).fill('kill')] as string[]
    const pause = (seconds * 1000) / (events.length + 1)
    // Restarts are spread among the kills.
    const order = events.map((event, i) => ({
      event,
      at: event === 'restart' ? (i + 0.5) * (events.length / restarts) : i,
    }))
    for (const { event } of order.sort((a, b) => a.at - b.at)) {
      await sleep(pause)
      memory.push(residentBytes(server.pid))
      if (event === 'kill') {
        const [engine] = childrenOf(server.pid)
        if (engine !== undefined) process.kill(engine, 'SIGKILL')
      } else {
        await server.stop()
        server = await serve(lake, port)
      }
    }
    return memory
  }

  const [memory] = await Promise.all([trouble(), ...Array.from({ length: clients }, (_, i) => client(i))])
  const lost: string[] = []
  for (const QueryId of ids) {
    const { body } = await call(port, 'DescribeQuery', { QueryId })
    if (body.QueryStatus !== 'FINISHED' && !(body.QueryStatus === 'FAILED' && body.ErrorMessage)) lost.push(QueryId)
  }
  const figures = {
    right,
    wrong,
    again,
    started: ids.length,
    lost,
    residentBytes: [...memory, residentBytes(server.pid)],
  }
  await server.stop()
  return figures
}
