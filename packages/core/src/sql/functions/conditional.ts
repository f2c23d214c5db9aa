import { formatType, type LakeType } from '../../schema/types.ts'
import { compareSql } from '../rewrite/comparison.ts'
import { bindAll, invoke, quoteString, sqls } from './emit.ts'
import type { EmitCall, EmittedArgument, FunctionTable } from './types.ts'

/** NULL when any argument is; the engine passes NULLs over. NaN loses against every number. */
const extreme =
  (name: 'greatest' | 'least'): EmitCall =>
  (args) => {
    if (args.length === 1) return args[0]!.sql
    const [{ type }] = args as [EmittedArgument]
    if (type.kind === 'row' || type.kind === 'array') return extremeOfNested(name, sqls(args), type)
    return bindAll(sqls(args), (names) => {
      const known = names.map((n) => `${n} IS NOT NULL`).join(' AND ')
      const numbers = name === 'greatest' && (args[0]!.type.kind === 'double' || args[0]!.type.kind === 'real')
      const best = numbers
        ? `coalesce(${invoke(name, ...names.map((n) => `CASE WHEN isnan(${n}) THEN NULL ELSE ${n} END`))}, ${names[0]})`
        : invoke(name, ...names)
      return `CASE WHEN ${known} THEN ${best} END`
    })
  }

/** Arrays and rows are compared one by one: a NULL inside that would have to decide is an error. */
function extremeOfNested(name: 'greatest' | 'least', values: readonly string[], type: LakeType): string {
  return bindAll(values, (names) => {
    const known = names.map((n) => `${n} IS NOT NULL`).join(' AND ')
    return `CASE WHEN ${known} THEN list_reduce([${names.join(', ')}], ${betterOf(name, type)}) END`
  })
}

/** A lambda of the greater or the lesser of two values; of equal ones the first. */
export function betterOf(name: 'greatest' | 'least', type: LakeType): string {
  const better = compareSql(name === 'greatest' ? '>' : '<', '"$right"', '"$left"', type)
  return `lambda "$left", "$right": CASE WHEN ${better} THEN "$right" ELSE "$left" END`
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
