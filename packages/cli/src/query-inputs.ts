import { type Command, InvalidArgumentError } from 'commander'
import { described } from './settings/setting.ts'

/** Flags that give a query's text its values. */
export interface QueryInputFlags {
  readonly set?: Record<string, string>
  readonly parameter?: readonly string[]
}

/** Adds the flags that name stores for `$NAME` and values for `?`. */
export function addQueryInputs(command: Command): Command {
  return command
    .option('--set <name=store>', 'the store that $NAME stands for in the query; repeatable', collectPair, {})
    .option(
      '-p, --parameter <value>',
      'the value of the next ? in the query; repeatable: 12, true and null are what they look like, \'"12"\' is a text',
      (text: string, previous: readonly string[]) => [...previous, text],
      [],
    )
}

/** The options of `lake.query` that the flags mean. */
export function queryInputs(flags: QueryInputFlags): {
  placeholders?: Record<string, string>
  parameters?: (string | number | bigint | boolean | null)[]
} {
  return {
    ...(flags.set && Object.keys(flags.set).length > 0 ? { placeholders: flags.set } : {}),
    ...(flags.parameter && flags.parameter.length > 0 ? { parameters: flags.parameter.map(parameterValue) } : {}),
  }
}

/** What is not JSON's number, boolean, null or text in quotes is a text as it stands. */
function parameterValue(text: string): string | number | bigint | boolean | null {
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as string
  } catch {
    // A text without quotes.
  }
  return text
}

const collectPair = described(
  (text: string, previous: Record<string, string>): Record<string, string> => {
    const at = text.indexOf('=')
    if (at < 1) throw new InvalidArgumentError('It must be NAME=store.')
    return { ...previous, [text.slice(0, at).replace(/^\$/, '')]: text.slice(at + 1) }
  },
  { type: 'string', pattern: '^[^=]+=' },
)
