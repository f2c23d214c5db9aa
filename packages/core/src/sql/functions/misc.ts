import { TraillakeError } from '../../errors/index.ts'
import { formatType } from '../../schema/types.ts'
import { plainText } from '../rewrite/cast/text.ts'
import { bind, bound, literalText, quoteString } from './emit.ts'
import { FormatError, readFormat } from './java-format/read.ts'
import type { EmitCall, EmittedArgument, FunctionTable } from './types.ts'

/** How a value stands in the argument list of the formatter: a letter for its Java class, then its text. */
function formatArgument(arg: EmittedArgument): string {
  const tagged = (tag: string, text: string) => `coalesce('${tag}' || ${text}, 'n')`
  switch (arg.type.kind) {
    case 'unknown':
      return "'n'"
    case 'boolean':
      return tagged('b', `CAST(${arg.sql} AS VARCHAR)`)
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return tagged('i', `CAST(${arg.sql} AS VARCHAR)`)
    case 'real':
      return tagged('r', `CAST(${arg.sql} AS VARCHAR)`)
    case 'double':
      return tagged('f', `CAST(${arg.sql} AS VARCHAR)`)
    case 'decimal':
      return tagged('d', plainText(arg.sql, arg.type))
    case 'date':
      return tagged('D', plainText(arg.sql, arg.type))
    case 'timestamp':
      if (!arg.type.withTimeZone) return tagged('T', plainText(arg.sql, arg.type))
      return bind(arg.sql, (v) =>
        tagged('Z', `${plainText(v, arg.type)} || ' ' || trino_iso_offset(trino_zone_minutes(${v}.t, ${v}.z))`),
      )
    case 'time':
      if (!arg.type.withTimeZone) return tagged('t', plainText(arg.sql, arg.type))
      break
    case 'varchar':
    case 'char':
      return tagged('s', arg.sql)
    case 'json':
      return tagged('s', arg.sql)
    case 'uuid':
    case 'ipaddress':
      return tagged('s', plainText(arg.sql, arg.type))
    default:
  }
  throw new TraillakeError(
    'NOT_SUPPORTED',
    { message: `Type not supported for formatting: ${formatType(arg.type)}` },
    { span: arg.span },
  )
}

const format: EmitCall = ([pattern, ...values]) => {
  const text = literalText(pattern)
  if (text !== undefined) {
    try {
      readFormat(text)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new TraillakeError(
        'INVALID_FUNCTION_ARGUMENT',
        { message: `Invalid format string: ${text} (${error.message})` },
        { span: pattern!.span },
      )
    }
  }
  return `trino_js_format(${pattern!.sql}, [${values.map(formatArgument).join(', ')}])`
}

export const miscFunctions: FunctionTable = {
  format: {
    kind: 'scalar',
    overloads: [
      {
        // Any number of arguments of any types.
        signature:
          '(varchar[, T1, T2, T3, T4, T5, T6, T7, T8, T9, A1, A2, A3, A4, A5, A6, A7, A8, A9, B1, B2]) -> varchar',
        duckdb: format,
      },
    ],
    note: "Java's Formatter",
  },
  format_number: {
    kind: 'scalar',
    overloads: [
      { signature: '(bigint) -> varchar', duckdb: ([x]) => `trino_format_number(CAST(${x!.sql} AS VARCHAR))` },
      { signature: '(double) -> varchar', duckdb: ([x]) => `trino_format_number(CAST(${x!.sql} AS VARCHAR))` },
    ],
  },
  parse_data_size: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar) -> decimal(38,0)', duckdb: bound('trino_parse_data_size') }],
  },
  parse_presto_data_size: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar) -> decimal(38,0)', duckdb: bound('trino_parse_data_size') }],
  },
  uuid: { kind: 'scalar', overloads: [{ signature: '() -> uuid', duckdb: 'uuid' }] },
  version: {
    kind: 'scalar',
    overloads: [{ signature: '() -> varchar', duckdb: () => quoteString('476') }],
    note: 'the version of Trino whose answers these are',
  },
  current_groups: {
    kind: 'scalar',
    overloads: [{ signature: '() -> array(varchar)', duckdb: () => 'CAST([] AS VARCHAR[])' }],
  },
}
