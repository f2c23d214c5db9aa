import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { refuseAggregates } from './aggregates.ts'
import { commonSuperType } from './coercion.ts'
import { typeExpression } from './expression.ts'
import { bare } from './names.ts'
import type { QueryColumn } from './query.ts'
import { innerQuery, type Scope } from './scope.ts'
import { coerce, fail, type State } from './state.ts'

/** Analyzes VALUES: a row value is spread over columns, and each column takes the common type of its values. */
export function analyzeValues(state: State, node: ast.Values, outer: Scope): readonly QueryColumn[] {
  const scope = innerQuery(outer)
  const types = node.rows.map((row) => {
    refuseAggregates(state, row, 'VALUES clause')
    return typeExpression(state, row, scope)
  })
  const columns = types.map((type) => (type.kind === 'row' ? type.fields.map((field) => field.type) : [type]))
  const width = columns[0]!.length
  for (const other of columns) {
    if (other.length !== width) {
      fail(state, 'TYPE_MISMATCH', { message: `Values rows have mismatched sizes: ${width} vs ${other.length}` }, node)
    }
  }
  const common = columns.reduce((super_, row, i) =>
    super_.map((type, c) => {
      const wider = commonSuperType(type, row[c]!)
      if (wider) return wider
      const message = `Values rows have mismatched types: ${formatType(types[0]!)} vs ${formatType(types[i]!)}`
      return fail(state, 'TYPE_MISMATCH', { message }, node)
    }),
  )
  for (const [i, row] of node.rows.entries()) convertRow(state, row, types[i]!, common)
  return common.map((type) => ({ name: undefined, type }))
}

/** Converts the members of a written row one by one, any other row value as a whole. */
function convertRow(state: State, node: ast.Expression, type: LakeType, common: readonly LakeType[]): void {
  const inner = bare(node)
  if (inner.kind === 'Row') {
    for (const [c, item] of inner.items.entries()) coerce(state, item, common[c]!, state.typeOf.get(item)!)
  } else if (type.kind === 'row') {
    const fields = type.fields.map((field, c) => ({ ...field, type: common[c]! }))
    coerce(state, node, { kind: 'row', fields }, type)
  } else coerce(state, node, common[0]!, type)
}
