import type * as ast from '../ast.ts'
import type { Analysis, RelationColumn } from './analysis.ts'
import { bare } from './names.ts'

let next = 0
const ids = new WeakMap<object, number>()

function idOf(object: object): number {
  let id = ids.get(object)
  if (id === undefined) {
    id = next++
    ids.set(object, id)
  }
  return id
}

/**
 * A text that two expressions share exactly when they are the same expression: equal trees whose names mean the same columns.
 *
 * `T.X + 1` and `x + 1` agree when both mean one column; parentheses and letter case of names do not count.
 *
 * @param outputKey the key of an output column that ORDER BY names; without it, output columns agree with themselves only
 */
export function expressionKey(
  { references }: Pick<Analysis, 'references'>,
  node: ast.Expression,
  outputKey: (index: number) => string = (index) => `output ${index}`,
): string {
  const keyOf = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
    if ('kind' in value && value.kind === 'Parenthesized') return keyOf(bare(value as ast.Parenthesized))
    // Sub-queries are equal only to themselves.
    if ('kind' in value && value.kind === 'Query') return `query ${idOf(value)}`
    const isName = 'kind' in value && (value.kind === 'Identifier' || value.kind === 'Dereference')
    const reference = isName ? references.get(value as ast.Identifier) : undefined
    if (reference?.kind === 'column') return columnKey(reference.column)
    if (reference?.kind === 'output') return outputKey(reference.index)
    if (reference?.kind === 'lambda') return `argument ${idOf(reference.lambda)} ${reference.index}`
    const members = Object.entries(value).filter(([key]) => key !== 'span' && key !== 'quoted')
    const isNamed = 'kind' in value && (value.kind === 'Name' || value.kind === 'Identifier')
    return `{${members.map(([key, member]) => `${key}:${isNamed && key === 'value' ? String(member).toLowerCase() : keyOf(member)}`).join()}}`
  }
  return keyOf(node)
}

/** The key of every expression that is just this column. */
export function columnKey(column: RelationColumn): string {
  return `column ${columnId(column)}`
}

/** One number for every name of a column. */
export function columnId(column: RelationColumn): number {
  return column.origin.kind === 'same' ? columnId(column.origin.column) : idOf(column)
}
