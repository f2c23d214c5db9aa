import type { LakeType } from '../../schema/types.ts'
import { analyze } from '../analyze/analyze.ts'
import type * as ast from '../ast.ts'
import type { Catalog } from '../catalog.ts'
import { parse } from '../parse.ts'
import * as t from '../tokens.ts'
import { K, type Token } from '../tokens.ts'
import { type Cursor, nameOf } from './cursor.ts'

/** A relation whose columns can be named at a place. */
export interface VisibleRelation {
  readonly name: string | undefined
  readonly columns: readonly { readonly name: string; readonly type: LakeType; readonly hidden?: boolean }[]
}

/** A name that a WITH before the place gives a query. */
export interface VisibleWith {
  readonly name: string
  /** `name (columns) AS (query)` */
  readonly text: string
}

/** The relations of all queries around a place, innermost first. */
export function visibleRelations(text: string, cursor: Cursor, catalog: Catalog): readonly VisibleRelation[] {
  const prefix = withText(visibleWith(text, cursor))
  const found: VisibleRelation[] = []
  cursor.queryStarts.toReversed().forEach((start, level) => {
    const query = tokensOfSelect(cursor, start)
    const from = fromClause(query)
    // A query in FROM does not see what stands beside it.
    const isInside = level > 0 && from.some((item) => isAround(item, cursor))
    if (!isInside) found.push(...relationsOf(text, prefix, from, catalog))
  })
  return found
}

/** The names that WITH gave queries before the place; inner ones last. */
export function visibleWith(text: string, cursor: Cursor): readonly VisibleWith[] {
  return cursor.queryStarts.flatMap((start) => withQueries(text, cursor.before.slice(start)))
}

function withText(queries: readonly VisibleWith[]): string {
  return queries.length > 0 ? `WITH ${queries.map((query) => query.text).join(', ')} ` : ''
}

function withQueries(text: string, tokens: readonly Token[]): readonly VisibleWith[] {
  if (tokens[0]?.tokenType !== K.WITH) return []
  const found: VisibleWith[] = []
  let at = tokens[1]?.tokenType === K.RECURSIVE ? 2 : 1
  while (tokens[at] && t.isA(tokens[at]!.tokenType, t.AnyName)) {
    const first = tokens[at]!
    let as = at + 1
    if (tokens[as]?.tokenType === t.LParen) as = closing(tokens, as) + 1
    const end = tokens[as]?.tokenType === K.AS ? closing(tokens, as + 1) : tokens.length
    if (end >= tokens.length) break
    found.push({ name: nameOf(first), text: text.slice(first.startOffset, tokens[end]!.endOffset + 1) })
    if (tokens[end + 1]?.tokenType !== t.Comma) break
    at = end + 2
  }
  return found
}

/** Index of the bracket that closes the one at an index; the number of tokens when none does. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]!.tokenType === t.LParen) depth += 1
    else if (tokens[i]!.tokenType === t.RParen) depth -= 1
    if (depth <= 0) return i
  }
  return tokens.length
}

const setOperators: ReadonlySet<unknown> = new Set([K.UNION, K.INTERSECT, K.EXCEPT])

/** The tokens of the SELECT around the place in the query that starts there, without those in brackets of its own. */
function tokensOfSelect(cursor: Cursor, start: number): readonly Item[] {
  const before = flat(cursor.before.slice(start)).items
  const afterSet = before.findLastIndex((item) => item.depth === 0 && setOperators.has(item.token.tokenType))
  const { items, closed } = flat(cursor.after, before.at(-1)?.open ?? 0)
  const nextSet = items.findIndex((item) => item.depth === 0 && setOperators.has(item.token.tokenType))
  return [...before.slice(afterSet + 1), ...items.slice(0, nextSet === -1 ? closed : Math.min(nextSet, closed))]
}

/** A token and how many brackets of the query are open around it, and after it. */
interface Item {
  readonly token: Token
  readonly depth: number
  readonly open: number
}

function flat(tokens: readonly Token[], from = 0): { readonly items: readonly Item[]; readonly closed: number } {
  let open = from
  const items: Item[] = []
  for (const token of tokens) {
    if (token.tokenType === t.RParen) open -= 1
    if (open < 0) break
    const depth = open
    if (token.tokenType === t.LParen) open += 1
    items.push({ token, depth, open })
  }
  return { items, closed: items.length }
}

const joinWords: ReadonlySet<unknown> = new Set([
  ...[K.JOIN, K.CROSS, K.INNER, K.LEFT, K.RIGHT, K.FULL, K.OUTER, K.NATURAL],
])
const fromEnds: ReadonlySet<unknown> = new Set([
  K.WHERE,
  K.GROUP,
  K.HAVING,
  K.WINDOW,
  K.ORDER,
  K.LIMIT,
  K.OFFSET,
  K.FETCH,
])

/** The tokens of each relation of the FROM clause. */
function fromClause(query: readonly Item[]): readonly (readonly Token[])[] {
  const top = (item: Item, types: ReadonlySet<unknown>) => item.depth === 0 && types.has(item.token.tokenType)
  const from = query.findIndex(
    (item, i) => item.depth === 0 && item.token.tokenType === K.FROM && query[i - 1]?.token.tokenType !== K.DISTINCT,
  )
  if (from === -1) return []
  const relations: Token[][] = [[]]
  let inCriteria = false
  for (const item of query.slice(from + 1)) {
    const { tokenType } = item.token
    if (top(item, fromEnds) || tokenType === t.Semicolon || item.token.image === '<EOF>') break
    if (item.depth === 0 && (tokenType === t.Comma || joinWords.has(tokenType))) {
      inCriteria = false
      relations.push([])
    } else if (item.depth === 0 && (tokenType === K.ON || tokenType === K.USING)) inCriteria = true
    else if (!inCriteria) relations.at(-1)!.push(item.token)
  }
  return relations.filter((relation) => relation.length > 0)
}

function isAround(relation: readonly Token[], { span }: Cursor): boolean {
  return relation[0]!.startOffset < span.start && relation.at(-1)!.endOffset >= span.end
}

/** What each relation offers; those that do not parse or have no meaning yet offer nothing. */
function relationsOf(
  text: string,
  prefix: string,
  from: readonly (readonly Token[])[],
  catalog: Catalog,
): readonly VisibleRelation[] {
  const earlier: string[] = []
  return from.flatMap((tokens): VisibleRelation[] => {
    const own = text.slice(tokens[0]!.startOffset, tokens.at(-1)!.endOffset + 1)
    const relation = attempt(() => relationIn(`SELECT * FROM ${own}`))
    if (!relation) return []
    const name = nameIn(relation)
    // LATERAL and UNNEST may name what stands before them.
    const columns =
      attempt(() => outputOf(`${prefix}SELECT * FROM ${own}`, catalog)) ??
      attempt(() => outputOf(`${prefix}SELECT ${quote(name!)}.* FROM ${[...earlier, own].join(', ')}`, catalog)) ??
      []
    earlier.push(own)
    const table = attempt(() => tableOf(relation, prefix, catalog)) ?? []
    return [{ name, columns: [...columns, ...table] }]
  })
}

function relationIn(text: string): ast.Relation {
  return (parse(text).body as ast.QuerySpecification).from[0]!
}

function nameIn(relation: ast.Relation): string | undefined {
  if (relation.kind === 'AliasedRelation') return relation.alias.value
  return relation.kind === 'Table' ? relation.name.parts.at(-1)!.value : undefined
}

function outputOf(text: string, catalog: Catalog): VisibleRelation['columns'] {
  return analyze(parse(text), { catalog, now: new Date(0), text }).output.map(({ name, type }) => ({ name, type }))
}

/** The hidden columns of a table. */
function tableOf(relation: ast.Relation, prefix: string, catalog: Catalog): VisibleRelation['columns'] {
  const table = relation.kind === 'AliasedRelation' ? relation.relation : relation
  if (table.kind !== 'Table' || prefix !== '') return []
  const known = catalog.table(table.name.parts.map((part) => part.value))
  return (known?.columns ?? []).filter((column) => column.hidden)
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
