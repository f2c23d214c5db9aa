import type { LakeType } from '../../schema/types.ts'
import { localOf } from '../rewrite/cast/temporal.ts'
import type { EmittedArgument } from './types.ts'

export const isZoned = (type: LakeType): boolean =>
  (type.kind === 'timestamp' || type.kind === 'time') && type.withTimeZone
export const precisionOf = (type: LakeType): number =>
  type.kind === 'timestamp' || type.kind === 'time' ? type.precision : 0

/** The wall clock of a date, time or timestamp: in its own zone where it has one. */
export function wallClock(arg: EmittedArgument): string {
  if (arg.type.kind === 'time' && arg.type.withTimeZone) return `CAST((${arg.sql}).t AS TIME)`
  return isZoned(arg.type) ? localOf(arg.sql) : arg.sql
}

/** Types with a day. */
export const dateTypes = ['date', 'timestamp(p)', 'timestamp(p) with time zone']
/** Types with a time of day. */
export const clockTypes = ['time(p)', 'time(p) with time zone', 'timestamp(p)', 'timestamp(p) with time zone']
