import type { QueryExplanation, TableExplanation } from '@traillake/core'
import type { Command } from 'commander'
import { readText } from '../arguments.ts'
import { withLake } from '../lake-of.ts'
import { formatBytes, formatCount, formatRows } from '../output/numbers.ts'
import { addQueryInputs, type QueryInputFlags, queryInputs } from '../query-inputs.ts'

interface Flags extends QueryInputFlags {
  readonly file?: string
  readonly sql?: boolean
  readonly json?: boolean
}

export function registerExplain(program: Command): void {
  addQueryInputs(
    program
      .command('explain')
      .description('tell what a query would read, and why, without running it')
      .argument('[sql]', 'the query; - reads standard input')
      .option('-f, --file <file>', 'read the query from a file'),
  )
    .option('--sql', "print the engine's SQL, too")
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake explain "SELECT * FROM org WHERE eventTime > now() - INTERVAL '7' DAY AND awsRegion = 'eu-west-1'"
  $ traillake explain --file hunt.sql --json | jq '.tables[].notes'`,
    )
    .action(async (sql: string | undefined, flags: Flags, command: Command) => {
      const text = readText(sql, flags.file, 'a query')
      await withLake(command, { readOnly: true }, async (lake) => {
        const explanation = await lake.explain(text, queryInputs(flags))
        process.stdout.write(
          flags.json ? `${JSON.stringify(explanation, null, 2)}\n` : drawExplanation(explanation, flags.sql),
        )
      })
    })
}

/** What a query would read, for people. @param withSql the engine's SQL as well */
export function drawExplanation(explanation: QueryExplanation, withSql = false): string {
  const lines = explanation.tables.flatMap(drawTable)
  if (lines.length === 0) lines.push('reads no table')
  if (withSql) lines.push('', explanation.sql)
  return `${lines.join('\n')}\n`
}

function drawTable(table: TableExplanation): readonly string[] {
  if (table.version === undefined) return [`${table.name}: made by traillake itself`]
  const { filesKept, filesKnown, bytesKept, bytesKnown } = table
  const files = `${formatCount(filesKept)} of ${formatCount(filesKnown)} data files`
  const bytes = `${formatBytes(bytesKept)} of ${formatBytes(bytesKnown)}`
  return [
    `${table.name}, version ${table.version}: ${files}, ${bytes}`,
    ...boundLines(table.bounds).map((line) => `  ${line}`),
    ...table.notes.map((note) => `  note: ${note}`),
  ]
}

/** How many values of a list are shown. */
const SHOWN = 5

function boundLines({ minTime, maxTime, first, needles, ...lists }: TableExplanation['bounds']): readonly string[] {
  const time = (at: Date | undefined) => (at ? at.toISOString() : 'any time')
  const names = {
    accounts: 'recipientAccountId',
    regions: 'awsRegion',
    eventIds: 'eventID',
    accessKeyIds: 'userIdentity.accessKeyId',
  } as const
  const listLines = Object.entries(names).flatMap(([key, name]) => {
    const values = lists[key as keyof typeof names]
    return values ? [`${name}: ${drawValues(values)}`] : []
  })
  const needleLine =
    needles &&
    `eventID: ${drawValues(needles.eventIds)}, or userIdentity.accessKeyId: ${drawValues(needles.accessKeyIds)}`
  const firstLine = first && `eventTime: the ${first.descending ? 'newest' : 'oldest'} ${formatRows(first.rows)}`
  return [
    ...(firstLine ? [firstLine] : []),
    ...(minTime || maxTime ? [`eventTime: ${time(minTime)} to ${time(maxTime)}`] : []),
    ...listLines,
    ...(needleLine ? [needleLine] : []),
  ]
}

function drawValues(values: readonly string[]): string {
  const more = values.length > SHOWN ? ` and ${formatCount(values.length - SHOWN)} more` : ''
  return `${values.slice(0, SHOWN).join(', ') || 'no value is possible'}${more}`
}
