import { formatType } from '../../schema/types.ts'
import { bindAll, invoke, quoteString, sqls } from './emit.ts'
import type { EmitCall, FunctionTable } from './types.ts'

/** NULL when any argument is; the engine passes NULLs over. NaN loses against every number. */
const extreme =
  (name: 'greatest' | 'least'): EmitCall =>
  (args) => {
    if (args.length === 1) return args[0]!.sql
    return bindAll(sqls(args), (names) => {
      const known = names.map((n) => `${n} IS NOT NULL`).join(' AND ')
      const numbers = name === 'greatest' && (args[0]!.type.kind === 'double' || args[0]!.type.kind === 'real')
      const best = numbers
        ? `coalesce(${invoke(name, ...names.map((n) => `CASE WHEN isnan(${n}) THEN NULL ELSE ${n} END`))}, ${names[0]})`
        : invoke(name, ...names)
      return `CASE WHEN ${known} THEN ${best} END`
    })
  }

export const conditionalFunctions: FunctionTable = {
  greatest: {
    kind: 'scalar',
    overloads: [{ signature: '(E, E...) -> E', orderable: ['E'], duckdb: extreme('greatest') }],
    note: 'NULL when any argument is NULL; NaN loses',
  },
  least: {
    kind: 'scalar',
    overloads: [{ signature: '(E, E...) -> E', orderable: ['E'], duckdb: extreme('least') }],
    note: 'NULL when any argument is NULL',
  },
  typeof: {
    kind: 'scalar',
    // The type is known here, in Trino's spelling.
    overloads: [{ signature: '(T) -> varchar', duckdb: ([x]) => quoteString(formatType(x!.type)) }],
    note: "Trino's names of types, not the engine's",
  },
}
