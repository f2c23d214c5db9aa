import { didYouMean, isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { BIGINT, formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { CatalogTable } from '../catalog.ts'
import { refuseAggregates } from './aggregates.ts'
import type { RelationColumn, RelationLeaf, TableVersion, UnnestColumn } from './analysis.ts'
import { ConstantFolder } from './constants.ts'
import { typeExpression } from './expression.ts'
import { analyzeJoin } from './join.ts'
import { learnMemberAliases } from './member-aliases.ts'
import { analyzeQuery, type QueryColumn } from './query.ts'
import { innerQuery, type Scope, type ScopeField, withFields } from './scope.ts'
import { fail, type State } from './state.ts'

/**
 * Analyzes a relation of a FROM clause.
 *
 * @param scope what it sees: the queries around, and for UNNEST and LATERAL the relations to the left
 * @returns its columns as names to use
 */
export function analyzeRelation(state: State, node: ast.Relation, scope: Scope): readonly ScopeField[] {
  switch (node.kind) {
    case 'Table':
      return resolveTable(state, node, scope)
    case 'TableSubquery':
      // Relations to the left are out of its sight.
      return queryLeaf(state, node, analyzeQuery(state, node.query, seesOnlyOuter(scope)))
    case 'Lateral':
      return queryLeaf(state, node, analyzeQuery(state, node.query, scope))
    case 'Unnest':
      return analyzeUnnest(state, node, scope)
    case 'Join':
      return analyzeJoin(state, node, scope)
    case 'AliasedRelation':
      return aliased(state, node, analyzeRelation(state, node.relation, scope))
    case 'SampledRelation':
      return sampled(state, node, scope)
    case 'ParenthesizedRelation':
      return analyzeRelation(state, node.relation, scope)
  }
}

/** True for relations that see those to their left. */
export function isLateral(node: ast.Relation): boolean {
  return node.kind === 'AliasedRelation' ? isLateral(node.relation) : node.kind === 'Unnest' || node.kind === 'Lateral'
}

function seesOnlyOuter(scope: Scope): Scope {
  return withFields(scope, [])
}

/** Makes a leaf with one column for each of a query's; `qualifier` is the name it can be called by. */
function makeLeaf(
  state: State,
  node: RelationLeaf['node'],
  source: RelationLeaf['source'],
  columns: readonly (QueryColumn & { readonly catalog?: CatalogTable['columns'][number] })[],
  qualifier: readonly string[] | undefined,
): readonly ScopeField[] {
  const own: RelationColumn[] = []
  const leaf: RelationLeaf = { id: state.counter.leaves++, node, source, columns: own }
  for (const [index, { name, type, hidden = false, catalog }] of columns.entries()) {
    own.push({
      name,
      type,
      hidden,
      origin: catalog ? { kind: 'own', relation: leaf, index, catalog } : { kind: 'own', relation: leaf, index },
    })
  }
  state.leaves.set(node, leaf)
  if (source.kind === 'table') state.tables.push(leaf)
  return own.map((column) => fieldOf(column, qualifier))
}

export function fieldOf(column: RelationColumn, qualifier: readonly string[] | undefined): ScopeField {
  return { name: column.name, qualifier, type: column.type, hidden: column.hidden, meaning: { kind: 'column', column } }
}

function queryLeaf(
  state: State,
  node: ast.TableSubquery | ast.Lateral,
  columns: readonly QueryColumn[],
): readonly ScopeField[] {
  return makeLeaf(state, node, { kind: 'query', query: node.query }, columns, undefined)
}

/** A name in FROM: a WITH query, else a table of the catalog. */
export function resolveTable(state: State, node: ast.Table, scope: Scope): readonly ScopeField[] {
  const written = node.name.parts.map((part) => part.value)
  const qualifier = written.map((part) => part.toLowerCase())
  const named = qualifier.length === 1 && !node.isOfCatalog ? scope.named.get(qualifier[0]!) : undefined
  if (named) {
    if (node.asOf)
      fail(
        state,
        'NOT_SUPPORTED',
        { message: `Query periods are not supported for the WITH query '${qualifier[0]}'` },
        node,
      )
    return makeLeaf(state, node, { kind: 'with', query: named.node }, named.columns, qualifier)
  }
  const table = lookUp(state, node, storeName(state, written))
  if (!table) {
    const hint =
      placeholderHint(written) ?? didYouMean(written.join('.'), [...scope.named.keys(), ...state.catalog.tableNames()])
    return fail(state, 'TABLE_NOT_FOUND', { name: qualifier.join('.') }, node, hint)
  }
  const asOf = node.asOf && versionOf(state, node.asOf)
  if (asOf && !table.prunable) {
    const message = `${table.id} has no versions: FOR ${node.asOf!.unit} AS OF is for event data stores`
    fail(state, 'NOT_SUPPORTED', { message }, node)
  }
  learnMemberAliases(state, table)
  const columns = table.columns.map((catalog) => ({
    name: catalog.name,
    type: catalog.type,
    hidden: catalog.hidden ?? false,
    catalog,
  }))
  const source = {
    kind: 'table',
    table,
    bounds: {},
    idle: new Set<ast.Expression>(),
    ...(asOf ? { asOf } : {}),
  } as const
  return makeLeaf(state, node, source, columns, qualifier)
}

/** Asks the catalog; what it refuses gets the place of the name. */
function lookUp(state: State, node: ast.Table, name: readonly string[]): CatalogTable | undefined {
  try {
    return state.catalog.table(name)
  } catch (error) {
    if (!isTraillakeError(error) || error.span) throw error
    throw new TraillakeError(error.code, error.params, { span: node.name.span, hint: error.hint, cause: error })
  }
}

function placeholderHint([only, ...more]: readonly string[]): string | undefined {
  if (!only?.startsWith('$') || more.length > 0) return undefined
  return `say which store ${only} stands for: the option placeholders, on the command line --set ${only.slice(1)}=STORE`
}

/** The name that a `$NAME` placeholder stands for; other names as they are. */
function storeName(state: State, written: readonly string[]): readonly string[] {
  const [only, ...more] = written
  if (only === undefined || more.length > 0 || !only.startsWith('$')) return written
  const { placeholders } = state.options
  return placeholders && Object.hasOwn(placeholders, only.slice(1)) ? [placeholders[only.slice(1)]!] : written
}

/** The version that FOR … AS OF means: a number, or a moment that does not depend on any row. */
function versionOf(state: State, { unit, value }: NonNullable<ast.Table['asOf']>): TableVersion {
  const type = typeExpression(
    state,
    value,
    innerQuery({ fields: [], isQueryBoundary: false, named: new Map(), windows: new Map(), inLambda: false }),
  )
  const fits = unit === 'VERSION' ? ['integer', 'bigint', 'smallint', 'tinyint', 'varchar'] : ['date', 'timestamp']
  if (!fits.includes(type.kind))
    fail(
      state,
      'TYPE_MISMATCH',
      { message: `Type ${formatType(type)} invalid. FOR ${unit} AS OF takes ${fits.join(', ')}` },
      value,
    )
  const constants = new ConstantFolder(state, state.options)
  const isText = type.kind === 'varchar'
  const text = isText ? constants.text(value) : undefined
  const version = text !== undefined && /^\d+$/.test(text) ? Number(text) : constants.integer(value)
  if (unit === 'VERSION' && version !== undefined && version >= 0 && Number.isSafeInteger(version)) return { version }
  const moment = unit === 'TIMESTAMP' ? constants.moment(value) : undefined
  // Up to the whole millisecond before: commits have no finer times.
  if (moment) return { timestampMs: Number(moment.micros / 1000n) }
  const message = `FOR ${unit} AS OF takes a ${unit === 'VERSION' ? 'version number' : 'date or timestamp'} that does not depend on rows`
  return fail(state, 'NOT_SUPPORTED', { message }, value)
}

function analyzeUnnest(state: State, node: ast.Unnest, scope: Scope): readonly ScopeField[] {
  const columns: QueryColumn[] = []
  const parts: UnnestColumn[] = []
  const add = (part: UnnestColumn, type: LakeType, name?: string) => {
    parts.push(part)
    columns.push({ name, type })
  }
  for (const [expression, value] of node.expressions.entries()) {
    refuseAggregates(state, value, 'UNNEST')
    const type = typeExpression(state, value, scope)
    if (type.kind === 'array' && type.element.kind === 'row') {
      for (const [field, member] of type.element.fields.entries())
        add({ kind: 'field', expression, field }, member.type, member.name)
    } else if (type.kind === 'array') add({ kind: 'element', expression }, type.element)
    else if (type.kind === 'map') {
      add({ kind: 'key', expression }, type.key)
      add({ kind: 'value', expression }, type.value)
    } else fail(state, 'INVALID_FUNCTION_ARGUMENT', { message: `Cannot unnest type: ${formatType(type)}` }, value)
  }
  if (node.withOrdinality) add({ kind: 'ordinality' }, BIGINT)
  return makeLeaf(state, node, { kind: 'unnest', columns: parts }, columns, undefined)
}

function aliased(state: State, node: ast.AliasedRelation, fields: readonly ScopeField[]): readonly ScopeField[] {
  const qualifier = [node.alias.value.toLowerCase()]
  const names = node.columns
  if (!names) return fields.map((field) => ({ ...field, qualifier }))
  const visible = fields.filter((field) => !field.hidden)
  if (names.length !== visible.length) {
    const message = `Column alias list has ${names.length} entries but '${node.alias.value}' has ${visible.length} columns available`
    return fail(state, 'MISMATCHED_COLUMN_ALIASES', { message }, node)
  }
  return visible.map((field, i) => renamed(field, names[i]!.value, qualifier))
}

function renamed(field: ScopeField, name: string, qualifier: readonly string[]): ScopeField {
  if (field.meaning.kind !== 'column') return field
  const { column } = field.meaning
  return fieldOf({ name, type: column.type, hidden: false, origin: { kind: 'same', column } }, qualifier)
}

function sampled(state: State, node: ast.SampledRelation, scope: Scope): readonly ScopeField[] {
  const fields = analyzeRelation(state, node.relation, scope)
  const type = typeExpression(state, node.percentage, seesOnlyOuter(scope))
  if (!['integer', 'bigint', 'decimal', 'double', 'real', 'smallint', 'tinyint'].includes(type.kind)) {
    fail(
      state,
      'TYPE_MISMATCH',
      { message: `Sample percentage cannot be of type ${formatType(type)}` },
      node.percentage,
    )
  }
  const value = percentage(node.percentage)
  if (value === undefined)
    fail(state, 'EXPRESSION_NOT_SCALAR', { message: 'Sample percentage must be a number' }, node.percentage)
  else if (value < 0)
    fail(
      state,
      'NUMERIC_VALUE_OUT_OF_RANGE',
      { message: 'Sample percentage must be greater than or equal to 0' },
      node.percentage,
    )
  else if (value > 100)
    fail(
      state,
      'NUMERIC_VALUE_OUT_OF_RANGE',
      { message: 'Sample percentage must be less than or equal to 100' },
      node.percentage,
    )
  return fields
}

function percentage(node: ast.Expression): number | undefined {
  switch (node.kind) {
    case 'Parenthesized':
      return percentage(node.expression)
    case 'LongLiteral':
      return Number(node.value)
    case 'DecimalLiteral':
    case 'DoubleLiteral':
      return Number(node.text)
    default:
      return undefined
  }
}
