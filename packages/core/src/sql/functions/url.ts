import { varchar } from '../../schema/types.ts'
import { bind, bound } from './emit.ts'
import type { EmitCall, FunctionTable, Overload } from './types.ts'

const part =
  (group: number, decoded = false): EmitCall =>
  ([u]) =>
    bind(u!.sql, (v) => {
      const text = `trino_url_part(${v}, ${group})`
      return decoded ? bind(text, (t) => `trino_url_decoded(${t})`) : text
    })

const ofText = (duckdb: Overload['duckdb']): readonly Overload[] => [
  { signature: '(varchar(n)) -> varchar(n)', duckdb },
]

export const urlFunctions: FunctionTable = {
  url_encode: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar(n)) -> varchar',
        duckdb: 'trino_url_encode',
        // Three characters for each of four bytes.
        result: (bindings) => {
          const n = bindings.get('n')
          return typeof n !== 'number' || n * 12 >= 0x7fff_ffff ? varchar() : varchar(n * 12)
        },
      },
    ],
    note: '+ for a blank; * stays, ~ does not',
  },
  url_decode: {
    kind: 'scalar',
    overloads: ofText('trino_url_decode'),
    note: '+ is a blank, bytes that are no UTF-8 become U+FFFD',
  },
  url_extract_protocol: { kind: 'scalar', overloads: ofText(part(1)) },
  url_extract_host: { kind: 'scalar', overloads: ofText(bound('trino_url_host')) },
  url_extract_port: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar) -> bigint', duckdb: bound('trino_url_port') }],
  },
  url_extract_path: { kind: 'scalar', overloads: ofText(part(3, true)) },
  url_extract_query: { kind: 'scalar', overloads: ofText(part(4, true)) },
  url_extract_fragment: { kind: 'scalar', overloads: ofText(part(5, true)) },
  url_extract_parameter: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar(n), varchar) -> varchar(n)', duckdb: bound('trino_url_param') }],
  },
}
