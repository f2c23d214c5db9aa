import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { OutputItem } from './analysis.ts'
import { typeExpression } from './expression.ts'
import { lower, nameParts } from './names.ts'
import { hasSuffix, type Scope, type ScopeField } from './scope.ts'
import { attempt, fail, type State } from './state.ts'

/** A column of a SELECT list after `*` is spread. */
export interface SelectColumn {
  /** Undefined when it has none that another query or ORDER BY can use. */
  readonly name: string | undefined
  readonly type: LakeType
  readonly item: OutputItem
  /** Where it was written. */
  readonly node: ast.SelectItem
}

/** Analyzes a SELECT list; undefined when one of its items is wrong, with the errors kept in the state. */
export function analyzeSelect(
  state: State,
  node: ast.QuerySpecification,
  scope: Scope,
): readonly SelectColumn[] | undefined {
  const before = state.errors.length
  const columns: SelectColumn[] = []
  for (const item of node.items) {
    attempt(state, () => {
      if (item.kind === 'SingleColumn') columns.push(singleColumn(state, item, scope))
      else columns.push(...allColumns(state, node, item, scope))
    })
  }
  return state.errors.length > before ? undefined : columns
}

function singleColumn(state: State, node: ast.SingleColumn, scope: Scope): SelectColumn {
  const { expression, alias } = node
  const type = typeExpression(state, expression, scope)
  const name = alias?.value ?? nameParts(expression)?.at(-1)
  return { name, type, item: { kind: 'expression', expression }, node }
}

function allColumns(
  state: State,
  node: ast.QuerySpecification,
  item: ast.AllColumns,
  scope: Scope,
): readonly SelectColumn[] {
  if (!item.target) return everyColumn(state, node, item, scope)
  const parts = nameParts(item.target)
  const fields = parts && relationFields(scope, lower(parts))
  if (fields) {
    checkAliasCount(state, item, fields.length)
    return fields.map((field, i) => columnOf(field, item, aliasName(item.aliases?.[i])))
  }
  if (parts?.length === 1) {
    fail(
      state,
      'TABLE_NOT_FOUND',
      { name: parts[0]!, message: `Unable to resolve reference ${parts[0]!.toLowerCase()}` },
      item,
      rowHint(scope, parts[0]!),
    )
  }
  return memberColumns(state, item, item.target, scope)
}

function everyColumn(
  state: State,
  node: ast.QuerySpecification,
  item: ast.AllColumns,
  scope: Scope,
): readonly SelectColumn[] {
  if (item.aliases) fail(state, 'NOT_SUPPORTED', { message: 'Column aliases not supported' }, item)
  const fields = scope.fields.filter((field) => !field.hidden)
  if (fields.length === 0) {
    const message = `SELECT * not allowed ${node.from.length === 0 ? 'in queries without FROM clause' : 'from relation that has no columns'}`
    fail(state, 'COLUMN_NOT_FOUND', { name: '*', message }, item)
  }
  return fields.map((field) => columnOf(field, item, undefined))
}

/** The visible columns of the relation of that name, from the innermost query that has it. */
function relationFields(scope: Scope, name: readonly string[]): readonly ScopeField[] | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const fields = at.fields.filter(
      (field) => !field.hidden && field.qualifier !== undefined && hasSuffix(field.qualifier, name),
    )
    if (fields.length > 0) return fields
  }
  return undefined
}

function columnOf(field: ScopeField, node: ast.AllColumns, alias: string | undefined): SelectColumn {
  if (field.meaning.kind !== 'column') throw new TypeError('a relation has columns only')
  return { name: alias ?? field.name, type: field.type, item: { kind: 'column', column: field.meaning.column }, node }
}

/** `(row).*` and `t.r.*`: the members of a row value. */
function memberColumns(
  state: State,
  item: ast.AllColumns,
  base: ast.Expression,
  scope: Scope,
): readonly SelectColumn[] {
  const type = typeExpression(state, base, scope)
  if (type.kind !== 'row')
    return fail(
      state,
      'TYPE_MISMATCH',
      { message: `expected expression of type Row (actual: ${formatType(type)})` },
      item,
    )
  checkAliasCount(state, item, type.fields.length)
  return type.fields.map((field, i) => ({
    name: aliasName(item.aliases?.[i]) ?? field.name,
    type: field.type,
    item: { kind: 'field', base, field: i },
    node: item,
  }))
}

/** Trino gives these aliases, and these alone, in upper case where they are not quoted. */
function aliasName(alias: ast.Name | undefined): string | undefined {
  return alias && (alias.quoted ? alias.value : alias.value.toUpperCase())
}

function checkAliasCount(state: State, item: ast.AllColumns, columns: number): void {
  if (!item.aliases || item.aliases.length === columns) return
  const message = `Column alias list has ${item.aliases.length} entries but relation has ${columns} columns`
  fail(state, 'MISMATCHED_COLUMN_ALIASES', { message }, item)
}

/** A row column needs its table's name before it. */
function rowHint(scope: Scope, name: string): string | undefined {
  const field = scope.fields.find((f) => f.name?.toLowerCase() === name.toLowerCase() && f.type.kind === 'row')
  return field?.qualifier && `write ${field.qualifier.join('.')}.${name}.*`
}
