import { dateTimeType, isType, typeOfName } from '../../schema/parse-type.ts'
import { INTERVAL_DAY_SECOND, INTERVAL_YEAR_MONTH, type LakeType, row } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { formatTypeNode } from './format-expression.ts'
import { fail, type State } from './state.ts'

/**
 * The type that a written type means; kept in `types`.
 *
 * Throws TYPE_MISMATCH, or INVALID_FUNCTION_ARGUMENT for numbers out of range, at `at`: Trino points at the CAST, not at the type.
 */
export function analyzeType(state: State, node: ast.TypeNode, at: ast.Node = node): LakeType {
  const type = denoted(state, node, at)
  state.types.set(node, type)
  return type
}

function denoted(state: State, node: ast.TypeNode, at: ast.Node): LakeType {
  switch (node.kind) {
    case 'IntervalType':
      if (node.from === 'YEAR' && node.to === 'MONTH') return INTERVAL_YEAR_MONTH
      if (node.from === 'DAY' && node.to === 'SECOND') return INTERVAL_DAY_SECOND
      return fail(state, 'TYPE_MISMATCH', { message: `Unknown type: ${formatTypeNode(node)}` }, at)
    case 'RowType':
      return row(
        node.fields.map((field) => {
          const type = analyzeType(state, field.type, at)
          return field.name
            ? { name: field.name.quoted ? field.name.value : field.name.value.toLowerCase(), type }
            : { type }
        }),
      )
    case 'DateTimeType': {
      const type = dateTimeType(node.name, node.precision ?? 3, node.withTimeZone)
      return isType(type)
        ? type
        : fail(state, 'INVALID_FUNCTION_ARGUMENT', { message: 'message' in type ? type.message : '' }, at)
    }
    case 'GenericType': {
      const args = node.arguments.map((arg) => (typeof arg === 'number' ? arg : analyzeType(state, arg, at)))
      const type = typeOfName(node.name, args)
      if (isType(type)) return type
      if ('message' in type) return fail(state, 'INVALID_FUNCTION_ARGUMENT', { message: type.message }, at)
      return fail(
        state,
        'TYPE_MISMATCH',
        { message: `Unknown type: ${formatTypeNode(node)}` },
        at,
        typeHint(type.unknown),
      )
    }
  }
}

/** What other engines call types that Trino has under another name. */
const otherNames: Readonly<Record<string, string>> = {
  text: 'varchar',
  string: 'varchar',
  char2: 'varchar',
  float: 'double',
  float4: 'real',
  float8: 'double',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  long: 'bigint',
  datetime: 'timestamp',
  timestamptz: 'timestamp with time zone',
  bool: 'boolean',
  bytea: 'varbinary',
  blob: 'varbinary',
  binary: 'varbinary',
  struct: 'row',
  list: 'array',
  hugeint: 'decimal(38,0)',
}

function typeHint(name: string): string | undefined {
  return Object.hasOwn(otherNames, name) ? `write ${otherNames[name]}` : undefined
}
