import { localOf } from '../rewrite/cast/temporal.ts'
import { type Pattern, PatternError, strftimePattern } from './date-pattern/index.ts'
import { bind, cast, literalText, quoteString, refuse } from './emit.ts'
import { isZoned, precisionOf, wallClock } from './temporal-types.ts'
import type { EmitCall, EmittedArgument } from './types.ts'

type ReadPattern = (text: string) => Pattern

function readPattern(read: ReadPattern, arg: EmittedArgument): Pattern | undefined {
  const text = literalText(arg)
  if (text === undefined) return undefined
  try {
    return read(text)
  } catch (error) {
    if (error instanceof PatternError) return refuse(error.message, arg.span)
    throw error
  }
}

/** Prints by a pattern: in the engine where its own patterns can say it, else in JavaScript. */
export const format =
  (language: string, read: ReadPattern): EmitCall =>
  ([x, pattern]) => {
    const known = readPattern(read, pattern!)
    const zoned = isZoned(x!.type)
    if (known && !zoned && known.elements.some((e) => e.kind === 'zone')) {
      refuse(
        "format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not contain TZ information",
        pattern!.span,
      )
    }
    const native = known && strftimePattern(known)
    if (native !== undefined) return `strftime(${cast(wallClock(x!), 'TIMESTAMP')}, ${quoteString(native)})`
    const print = (local: string, minutes: string, zone: string) =>
      `trino_js_print_date('${language}', ${pattern!.sql}, epoch_ms(${cast(local, 'TIMESTAMP')}), ${minutes}, ${zone})`
    if (!zoned) return print(x!.sql, '0', "''")
    return bind(x!.sql, (v) => print(localOf(v), `trino_zone_minutes(${v}.t, ${v}.z)`, `${v}.z`))
  }

/** Parses by a pattern, in JavaScript: the engine's strptime knows neither Joda's leniency nor its errors. */
export const parse =
  (language: string, read: ReadPattern, make: (micros: string) => string): EmitCall =>
  ([text, pattern]) => {
    readPattern(read, pattern!)
    return make(`trino_js_parse_date('${language}', ${pattern!.sql}, ${text!.sql})`)
  }

/** ISO 8601 with as many digits of the second as the type has. */
export const iso8601: EmitCall = ([x]) => {
  if (x!.type.kind === 'date') return `strftime(${x!.sql}, '%Y-%m-%d')`
  const digits = precisionOf(x!.type)
  const print = (local: string) =>
    digits === 0
      ? `strftime(${local}, '%Y-%m-%dT%H:%M:%S')`
      : bind(
          local,
          (l) => `(strftime(${l}, '%Y-%m-%dT%H:%M:%S.') || left(rpad(strftime(${l}, '%n'), 12, '0'), ${digits}))`,
        )
  if (!isZoned(x!.type)) return print(x!.sql)
  return bind(
    x!.sql,
    (v) => `(${print(localOf(v))} || ${bind(`trino_zone_minutes(${v}.t, ${v}.z)`, (m) => `trino_iso_offset(${m})`)})`,
  )
}
