import { DATE } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { namedCallSql } from './calls.ts'
import type { Emit } from './emitter.ts'
import { quoteString } from './text.ts'

/** What the session is called: a lake has no users, catalogs or schemas of its own. */
const SESSION: Readonly<Record<string, string>> = { USER: 'traillake', CATALOG: 'traillake', SCHEMA: 'default' }

/** CURRENT_DATE, CURRENT_TIMESTAMP(p), LOCALTIME, …: the statement's instant, cut to the type's precision; the session's zone is UTC. */
export function currentValue(node: ast.CurrentValue, emit: Emit): string {
  const type = emit.analysis.typeOf.get(node)!
  const precision = 'precision' in type ? Math.min(type.precision, 6) : 0
  const unit = 10n ** BigInt(6 - precision)
  // Rounded, as a cast to a lower precision is.
  const micros = ((emit.environment.nowMicros + unit / 2n) / unit) * unit
  const [date, time] = new Date(Number(micros / 1000n)).toISOString().slice(0, -5).split('T') as [string, string]
  const clock = `${time}.${(micros % 1_000_000n).toString().padStart(6, '0')}`
  switch (type.kind) {
    case DATE.kind:
      return `DATE '${date}'`
    case 'time':
      return type.withTimeZone ? `{'t': TIME '${clock}', 'o': 0}` : `TIME '${clock}'`
    case 'timestamp':
      return type.withTimeZone ? `{'t': TIMESTAMP '${date} ${clock}', 'z': 'UTC'}` : `TIMESTAMP '${date} ${clock}'`
    default:
      return emit.analysis.calls.has(node) ? namedCallSql(node, [], emit) : quoteString(SESSION[node.name] ?? '')
  }
}
