import { type Command, Option } from 'commander'
import { readText, wholeNumber } from '../arguments.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { type AnswerFlags, addAnswerFlags, answerQuery, isolationOf } from '../output/answer.ts'
import { addQueryInputs, type QueryInputFlags, queryInputs } from '../query-inputs.ts'

interface Flags extends QueryInputFlags, AnswerFlags {
  readonly file?: string
  readonly timeout?: number
  readonly maxRows?: number
  readonly prune: boolean
  readonly remember?: boolean
}

export function registerQuery(program: Command): void {
  addAnswerFlags(
    addQueryInputs(
      program
        .command('query')
        .description('answer a Lake query')
        .argument('[sql]', 'the query; - reads standard input')
        .option('-f, --file <file>', 'read the query from a file'),
    ),
  )
    .addOption(
      new Option('--timeout <ms>', 'give up after so many milliseconds')
        .argParser(wholeNumber(1))
        .env('TRAILLAKE_TIMEOUT'),
    )
    .addOption(new Option('--max-rows <n>', 'fail when the answer has more rows').argParser(wholeNumber(0)))
    .option('--no-prune', 'read every file, also those that cannot hold a matching row: to check that nothing changes')
    .option('--remember', 'write the query down in the lake, with versions and a digest: see traillake queries')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake query "SELECT eventTime, eventName FROM org WHERE errorCode = 'AccessDenied' ORDER BY 1 DESC LIMIT 20"
  $ traillake query --file hunt.sql --set EDS_ID=org --format csv > hunt.csv
  $ traillake query "SELECT eventName FROM org WHERE eventID = ?" -p 3fa1c0de-0000-4000-8000-000000000000
  $ traillake query "SELECT * FROM org WHERE date(eventTime) = DATE '2024-05-01'" --output day.parquet
  $ cat hunt.sql | traillake query - --format ndjson | jq .eventName`,
    )
    .action(async (sql: string | undefined, flags: Flags, command: Command) => {
      const text = readText(sql, flags.file, 'a query')
      await withLake(command, { readOnly: !flags.remember, ...isolationOf(flags) }, (lake) =>
        answerQuery(lake, text, flags, {
          signal: interruptSignal(),
          ...(flags.timeout ? { timeoutMs: flags.timeout } : {}),
          ...(flags.maxRows === undefined ? {} : { maxRows: flags.maxRows }),
          prune: flags.prune,
          ...(flags.remember ? { remember: true } : {}),
          ...queryInputs(flags),
        }),
      )
    })
}
