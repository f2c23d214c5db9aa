import type * as ast from '../ast.ts'
import { identityOf } from '../rewrite/identity.ts'
import type { Emit } from './emitter.ts'
import { sortItemsSql } from './sorting.ts'

/** The inside of OVER (…): a window with what it inherits already in it. */
export function windowSql(window: ast.Window, emit: Emit): string {
  const parts: string[] = []
  if (window.partitionBy.length > 0) {
    parts.push(`PARTITION BY ${window.partitionBy.map((e) => identityOf(emit(e), emit.type(e))).join(', ')}`)
  }
  const { frame } = window
  const measures = frame?.unit === 'RANGE' && (frame.start.value ?? frame.end?.value) !== undefined
  if (window.orderBy.length > 0) parts.push(`ORDER BY ${sortItemsSql(window.orderBy, emit, measures)}`)
  if (frame) parts.push(frameSql(frame, emit))
  return parts.join(' ')
}

function frameSql(frame: ast.WindowFrame, emit: Emit): string {
  const end = frame.end ? boundSql(frame.end, frame, emit) : 'CURRENT ROW'
  return `${frame.unit} BETWEEN ${boundSql(frame.start, frame, emit)} AND ${end}`
}

function boundSql(bound: ast.FrameBound, frame: ast.WindowFrame, emit: Emit): string {
  return bound.value ? `${offsetSql(bound.value, frame, emit)} ${bound.type}` : bound.type
}

/** A distance that must be neither negative nor NULL; an interval is one of the engine's here. */
function offsetSql(value: ast.Expression, frame: ast.WindowFrame, emit: Emit): string {
  const type = emit.type(value)
  const sql = emit(value)
  if (type.kind === 'interval day to second') return `to_milliseconds(${sql})`
  if (type.kind === 'interval year to month') return `to_months(${sql})`
  if (/^\d+$/.test(sql)) return sql
  const which = frame.start.value === value ? 'starting' : 'ending'
  const failing = `CAST('TRINO:INVALID_WINDOW_FRAME:Window frame ${which} offset must not be negative or null' AS BIGINT)`
  return `CASE WHEN ${sql} >= 0 THEN ${sql} ELSE ${failing} END`
}
