import { bound, cast, template } from './emit.ts'
import type { EmitCall, FunctionTable, Overload } from './types.ts'

const binary = (text: string): readonly Overload[] => [
  { signature: '(bigint, bigint) -> bigint', duckdb: template(text) },
]

/** A shift works in the width of its argument's type. */
const shift = (macro: string): readonly Overload[] =>
  ['tinyint', 'smallint', 'integer', 'bigint'].map((type) => ({
    signature: `(${type}, integer) -> ${type}`,
    duckdb: ((args, call) => cast(bound(`${macro}_${type}`)(args, call), type.toUpperCase())) satisfies EmitCall,
  }))

export const bitwiseFunctions: FunctionTable = {
  bit_count: {
    kind: 'scalar',
    overloads: [{ signature: '(bigint, bigint) -> bigint', duckdb: bound('trino_bit_count') }],
  },
  bitwise_and: { kind: 'scalar', overloads: binary('($1 & $2)') },
  bitwise_or: { kind: 'scalar', overloads: binary('($1 | $2)') },
  bitwise_xor: { kind: 'scalar', overloads: binary('xor($1, $2)') },
  bitwise_not: { kind: 'scalar', overloads: [{ signature: '(bigint) -> bigint', duckdb: template('(~$1)') }] },
  bitwise_left_shift: {
    kind: 'scalar',
    overloads: shift('trino_shl'),
    note: 'drops what leaves the width; the engine raises',
  },
  bitwise_right_shift: { kind: 'scalar', overloads: shift('trino_shr_logical'), note: 'shifts zeros in' },
  bitwise_right_shift_arithmetic: { kind: 'scalar', overloads: shift('trino_shr_arith') },
}
