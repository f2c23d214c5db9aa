import type { HistoryRecord, Lake } from '@traillake/core'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { type AnswerFlags, addAnswerFlags, answerQuery, isolationOf } from '../output/answer.ts'
import { formatCount, formatDuration, formatRows } from '../output/numbers.ts'
import { shorten } from '../output/shorten.ts'
import { printTable } from '../output/table.ts'
import { addQueryInputs, type QueryInputFlags, queryInputs } from '../query-inputs.ts'
import { addNamedTexts } from './named-texts.ts'

interface Flags extends QueryInputFlags, AnswerFlags {
  readonly json?: boolean
  readonly limit?: string
}

const json = (value: unknown) => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

export function registerQueries(program: Command): void {
  const queries = program
    .command('queries')
    .description('queries that the lake remembers, and queries by name')
    .addHelpText(
      'after',
      `
A query is written down only when it is asked for: traillake query --remember.

Examples:
  $ traillake query --remember --file quarterly.sql --format csv > q3.csv
  $ traillake queries
  $ traillake queries repeat 3fa1c0de                     the same text over the same versions: the same rows?
  $ traillake queries save root-use "SELECT * FROM $S WHERE userIdentity.type = 'Root' AND eventTime > ?"
  $ traillake queries run root-use --set S=org -p 2024-05-01`,
    )
  registerHistory(queries)
  registerSaved(queries)
}

function registerHistory(queries: Command): void {
  queries
    .command('list', { isDefault: true })
    .description('list the queries that were remembered, newest first')
    .option('--limit <n>', 'so many at most', '20')
    .option('--json', 'print JSON')
    .action((flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const all = (await lake.history.list()).slice(0, Number(flags.limit))
        if (flags.json) return void json(all)
        if (all.length === 0)
          return void process.stdout.write('no queries are remembered: traillake query --remember does\n')
        printTable(
          ['id', 'when', 'status', 'rows', 'time', 'query'],
          all.map((query) => [
            query.id.slice(0, 8),
            query.createdAt.slice(0, 19).replace('T', ' '),
            query.status,
            query.rows === undefined ? '' : formatCount(query.rows),
            formatDuration(query.statistics.executionMs),
            shorten(query.statement),
          ]),
          { right: new Set([3, 4]) },
        )
      }),
    )

  queries
    .command('show')
    .description('show a remembered query: text, values, versions, settings, digest')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--json', 'print JSON')
    .action((id: string, flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const query = await lake.history.get(id)
        if (flags.json) return void json(query)
        printTable(['', ''], await described(lake, query))
        process.stdout.write(`\n${query.statement}\n`)
      }),
    )

  queries
    .command('repeat')
    .description('ask a remembered query again, over the versions it saw: exit code 3 when the rows are others')
    .argument('<id>', 'its id, or the beginning of it')
    .option('--json', 'print JSON')
    .action((id: string, flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const repeated = await lake.history.repeat(id, { signal: interruptSignal() })
        if (!repeated.isSame) process.exitCode = EXIT.incomplete
        if (flags.json) return void json(repeated)
        const { query, rows, digest, isSame } = repeated
        const verdict = isSame
          ? `the same ${formatRows(rows)}`
          : `other rows: ${formatRows(rows)} now, ${query.rows === undefined ? query.status : formatCount(query.rows)} then`
        process.stdout.write(`${verdict}\n  then ${query.digest ?? 'no digest'}\n  now  ${digest}\n`)
      }),
    )

  queries
    .command('forget')
    .description('remove a query from what is remembered')
    .argument('<id>', 'its id, or the beginning of it')
    .action((id: string, _: Flags, command: Command) =>
      withLake(command, {}, async (lake) => {
        await lake.history.remove(id)
        process.stdout.write(`forgot ${id}\n`)
      }),
    )
}

function registerSaved(queries: Command): void {
  addNamedTexts(queries, {
    list: {
      command: 'saved',
      description: 'list the queries that have a name',
      said: 'no query has a name yet: traillake queries save NAME SQL gives it one',
    },
    save: { command: 'save', description: 'give a query a name, in place of one of the same name', said: 'saved' },
    drop: { command: 'drop', description: 'remove a query by its name', said: 'dropped' },
    of: ({ savedQueries: { list, save, remove } }) => ({ list, save, drop: remove }),
  })

  addAnswerFlags(
    addQueryInputs(queries.command('run').description('answer a query by its name').argument('<name>', 'its name')),
  ).action((name: string, flags: Flags, command: Command) =>
    withLake(command, { readOnly: true, ...isolationOf(flags) }, async (lake) => {
      const { sql } = await lake.savedQueries.get(name)
      await answerQuery(lake, sql, flags, { ...queryInputs(flags), signal: interruptSignal() })
    }),
  )
}

async function described(lake: Lake, query: HistoryRecord): Promise<string[][]> {
  const stores = new Map((await lake.listEventDataStores()).map(({ id, name }) => [id, name]))
  const versions = Object.entries(query.versions).map(([id, version]) => `${stores.get(id) ?? id} ${version}`)
  return [
    ['id', query.id],
    ['status', query.error ? `${query.status}: ${query.error}` : query.status],
    ['asked', query.createdAt],
    ['versions', versions.join('\n')],
    ['release', `${query.settings.release}, ${query.settings.engine}`],
    ...(query.parameters ? [['values', JSON.stringify(query.parameters)]] : []),
    ...(query.placeholders ? [['stores', JSON.stringify(query.placeholders)]] : []),
    ['rows', query.rows === undefined ? '' : formatCount(query.rows)],
    ['digest', query.digest ?? ''],
  ]
}
