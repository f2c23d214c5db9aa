import { TraillakeError } from '../../errors/index.ts'
import { canonicalZone } from '../rewrite/temporal-literal.ts'
import { bind, bindAll, literalText, quoteString, refuse } from './emit.ts'
import type { EmitCall, EmittedArgument } from './types.ts'

const zoneText = (arg: EmittedArgument, invalid: (text: string, arg: EmittedArgument) => never): string => {
  const text = literalText(arg)
  if (text === undefined) return `trino_zone(${arg.sql})`
  return quoteString(canonicalZone(text) ?? invalid(text, arg))
}

const notAZone = (text: string, arg: EmittedArgument): never => refuse(`'${text}' is not a valid time zone`, arg.span)

/** A timestamp with time zone of an instant and a zone; NULL when one of them is. */
export const instant = (t: string, z: string): string =>
  bindAll([t, z], ([a, b]) => `CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN {'t': ${a}, 'z': ${b}} END`)

export const atTimezone: EmitCall = ([x, zone]) => {
  if (zone!.type.kind === 'interval day to second') {
    return instant(
      `(${x!.sql}).t`,
      bind(
        `CAST(${zone!.sql} // 60000 AS INTEGER)`,
        (o) => `CASE WHEN ${o} = 0 THEN 'UTC' ELSE trino_offset_text(${o}) END`,
      ),
    )
  }
  return bind(x!.sql, (v) => instant(`${v}.t`, zoneText(zone!, notAZone)))
}

export const withTimezone: EmitCall = ([x, zone]) =>
  bindAll([x!.sql, zoneText(zone!, notAZone)], ([t, z]) => instant(`trino_utc(${t}, ${z})`, z!))

export const fromUnixtime: EmitCall = ([seconds, zone, minutes]) => {
  const t = bind(seconds!.sql, (x) => `trino_from_unixtime(${x})`)
  if (!zone) return instant(t, "'UTC'")
  if (minutes)
    return instant(
      t,
      bind(
        `CAST(${zone.sql} * 60 + ${minutes.sql} AS INTEGER)`,
        (o) => `CASE WHEN ${o} = 0 THEN 'UTC' ELSE trino_offset_text(${o}) END`,
      ),
    )
  return instant(
    t,
    zoneText(zone, (text, { span }) => {
      throw new TraillakeError('NOT_SUPPORTED', { message: `Time zone not supported: ${text}` }, { span })
    }),
  )
}

export const zoneMinutes = (x: EmittedArgument, unit: string): string =>
  x.type.kind === 'time'
    ? `CAST((${x.sql}).o ${unit} AS BIGINT)`
    : bind(x.sql, (v) => `(trino_zone_minutes(${v}.t, ${v}.z) ${unit})`)

export const zoneOf: EmitCall = ([x]) =>
  x!.type.kind === 'time'
    ? bind(`(${x!.sql}).o`, (o) => `CASE WHEN ${o} = 0 THEN 'UTC' ELSE trino_offset_text(${o}) END`)
    : `(${x!.sql}).z`
