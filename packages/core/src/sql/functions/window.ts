import { literalInteger, refuse, sqls } from './emit.ts'
import type { EmitCall, FunctionTable } from './types.ts'

/** A window function of the engine with the call's own clauses. */
const over =
  (name: string): EmitCall =>
  (args, call) =>
    call.aggregate(name, sqls(args))

const shifted =
  (name: 'lag' | 'lead'): EmitCall =>
  (args, call) => {
    const offset = literalInteger(args[1])
    if (offset !== undefined && offset < 0n) refuse('Offset must be at least 0', args[1]!.span)
    const checked = sqls(args)
    if (args[1] && offset === undefined) checked[1] = `trino_offset(${args[1].sql}, 0)`
    return call.aggregate(name, checked)
  }

const nth: EmitCall = (args, call) => {
  const offset = literalInteger(args[1])
  if (offset !== undefined && offset < 1n) refuse('Offset must be at least 1', args[1]!.span)
  const [x, n] = args
  return call.aggregate('nth_value', [x!.sql, offset === undefined ? `trino_rank_offset(${n!.sql})` : n!.sql])
}

const ntile: EmitCall = (args, call) => {
  const buckets = literalInteger(args[0])
  if (buckets !== undefined && buckets < 1n) refuse('Buckets must be greater than 0', args[0]!.span)
  return call.aggregate('ntile', [buckets === undefined ? `trino_buckets(${args[0]!.sql})` : args[0]!.sql])
}

const shiftedOverloads = (name: 'lag' | 'lead') => [
  { signature: '(T) -> T', duckdb: shifted(name) },
  { signature: '(T, bigint) -> T', duckdb: shifted(name) },
  { signature: '(T, bigint, T) -> T', duckdb: shifted(name) },
]

export const windowFunctions: FunctionTable = {
  row_number: { kind: 'window', overloads: [{ signature: '() -> bigint', duckdb: over('row_number') }] },
  rank: { kind: 'window', overloads: [{ signature: '() -> bigint', duckdb: over('rank') }] },
  dense_rank: { kind: 'window', overloads: [{ signature: '() -> bigint', duckdb: over('dense_rank') }] },
  percent_rank: { kind: 'window', overloads: [{ signature: '() -> double', duckdb: over('percent_rank') }] },
  cume_dist: { kind: 'window', overloads: [{ signature: '() -> double', duckdb: over('cume_dist') }] },
  ntile: { kind: 'window', overloads: [{ signature: '(bigint) -> bigint', duckdb: ntile }] },
  first_value: { kind: 'window', overloads: [{ signature: '(T) -> T', duckdb: over('first_value') }] },
  last_value: { kind: 'window', overloads: [{ signature: '(T) -> T', duckdb: over('last_value') }] },
  nth_value: {
    kind: 'window',
    overloads: [{ signature: '(T, bigint) -> T', duckdb: nth }],
    note: 'an offset below 1 is an error',
  },
  lag: { kind: 'window', overloads: shiftedOverloads('lag'), note: 'an offset below 0 is an error' },
  lead: { kind: 'window', overloads: shiftedOverloads('lead'), note: 'an offset below 0 is an error' },
}
