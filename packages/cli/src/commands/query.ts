import { type Command, InvalidArgumentError, Option } from 'commander'
import { readText, wholeNumber } from '../arguments.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { type FormatName, formats, writeResult } from '../output/write-result.ts'

interface Flags {
  readonly file?: string
  readonly format?: FormatName
  readonly timeout?: number
  readonly stats?: boolean
  readonly set?: Record<string, string>
}

export function registerQuery(program: Command): void {
  program
    .command('query')
    .description('answer a Lake query')
    .argument('[sql]', 'the query; - reads standard input')
    .option('-f, --file <file>', 'read the query from a file')
    .addOption(new Option('-F, --format <format>', 'default: table on a terminal, else ndjson').choices(formats))
    .addOption(
      new Option('--timeout <ms>', 'give up after so many milliseconds')
        .argParser(wholeNumber(1))
        .env('TRAILLAKE_TIMEOUT'),
    )
    .option('--set <name=store>', 'the store that $NAME stands for in the query; repeatable', collectPair, {})
    .option('--stats', 'print what was read and how long it took, on standard error')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake query "SELECT eventTime, eventName FROM org WHERE errorCode = 'AccessDenied' ORDER BY 1 DESC LIMIT 20"
  $ traillake query --file hunt.sql --set EDS_ID=org --format csv > hunt.csv
  $ cat hunt.sql | traillake query - --format ndjson | jq .eventName`,
    )
    .action(async (sql: string | undefined, flags: Flags, command: Command) => {
      const text = readText(sql, flags.file, 'a query')
      const format = flags.format ?? (process.stdout.isTTY ? 'table' : 'ndjson')
      await withLake(command, { readOnly: true }, async (lake) => {
        const result = await lake.query(text, {
          signal: interruptSignal(),
          rowMode: 'array',
          ...(flags.timeout ? { timeoutMs: flags.timeout } : {}),
          ...(flags.set ? { placeholders: flags.set } : {}),
        })
        try {
          await writeResult(result, format, process.stdout)
          if (flags.stats) process.stderr.write(`${JSON.stringify(result.statistics)}\n`)
        } finally {
          await result.close()
        }
      })
    })
}

function collectPair(text: string, previous: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must be NAME=store.')
  return { ...previous, [text.slice(0, at).replace(/^\$/, '')]: text.slice(at + 1) }
}
