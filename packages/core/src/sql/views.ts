import { type Span, TraillakeError } from '../errors/index.ts'
import type * as ast from './ast.ts'
import type { Catalog } from './catalog.ts'
import { parse } from './parse.ts'

/** A query whose views are sub-queries, and the places where they were named. */
export interface Expanded {
  readonly query: ast.Query
  /** The name of the view that stands at a place; undefined where none does. */
  viewAt(span: Span): string | undefined
}

/** Views in views double with every level: more of them are no query that somebody wrote. */
const MOST_VIEWS = 200

/**
 * Puts the query of each view in the place of its name: after WITH names and tables, so that neither changes its meaning when a view of its
 * name is made. All that comes from a view has the place of the name, which is where errors in it are then shown.
 *
 * Errors: INVALID_VIEW for views that read themselves, NOT_SUPPORTED for FOR … AS OF.
 */
export function expandViews(query: ast.Query, catalog: Catalog): Expanded {
  const names = new Map<string, string>()
  const expanded = expandNode(query, { catalog, names, count: { views: 0 }, inside: [], hidden: new Set() })
  return { query: expanded, viewAt: (span) => names.get(placeKey(span)) }
}

interface Expansion {
  readonly catalog: Catalog
  /** The views that the text names, by their places. */
  readonly names: Map<string, string>
  readonly count: { views: number }
  /** The views that are being expanded, outermost first. */
  readonly inside: readonly string[]
  /** Names of WITH queries in sight, in lower case. */
  readonly hidden: ReadonlySet<string>
}

const placeKey = ({ start, end }: Span) => `${start} ${end}`

function expandNode<T>(value: T, expansion: Expansion): T {
  if (Array.isArray(value)) return mapArray(value, (item) => expandNode(item, expansion)) as T
  if (typeof value !== 'object' || value === null) return value
  const node = value as unknown as Partial<ast.Node>
  switch (node.kind) {
    case 'Query':
      return expandQuery(node as ast.Query, expansion) as T
    case 'Table': {
      const table = node as ast.Table
      const found = viewQuery(table, expansion)
      if (!found) return (isInView(table, expansion) ? { ...table, isOfCatalog: true } : value) as T
      const { name, span } = table
      const alias = { ...name.parts.at(-1)!, span }
      const relation = { kind: 'TableSubquery', query: found, span } as const
      return { kind: 'AliasedRelation', relation, alias, span } as T
    }
    case 'AliasedRelation': {
      const { relation } = node as ast.AliasedRelation
      const found = relation.kind === 'Table' ? viewQuery(relation, expansion) : undefined
      if (!found) break
      return { ...value, relation: { kind: 'TableSubquery', query: found, span: relation.span } }
    }
    case 'TableStatement': {
      const found = viewQuery((node as ast.TableStatement).table, expansion)
      if (found) return found as T
      break
    }
  }
  return mapMembers(value, (member) => expandNode(member, expansion))
}

/** Names of WITH are known from the query after them on; those of WITH RECURSIVE in their own, too. */
function expandQuery(query: ast.Query, outer: Expansion): ast.Query {
  const { with: named, ...rest } = query
  if (!named) return mapMembers(query, (member) => expandNode(member, outer))
  let inner = outer
  const queries = mapArray(named.queries, (one) => {
    const after = { ...inner, hidden: new Set(inner.hidden).add(one.name.value.toLowerCase()) }
    const expanded = { ...one, query: expandNode(one.query, named.recursive ? after : inner) }
    inner = after
    return expanded
  })
  return { ...mapMembers(rest, (member) => expandNode(member, inner)), with: { ...named, queries } }
}

/** The query that a table's name stands for; undefined where it is no view. */
function viewQuery({ name, asOf }: ast.Table, expansion: Expansion): ast.Query | undefined {
  const { catalog, names, count, inside, hidden } = expansion
  const [{ value: written }, ...more] = name.parts as [ast.Name, ...ast.Name[]]
  if (more.length > 0 || hidden.has(written.toLowerCase()) || isTable(catalog, written)) return undefined
  const view = catalog.view?.(written)
  if (!view) return undefined
  const { span } = name
  const refuse = (reason: string) => new TraillakeError('INVALID_VIEW', { view: view.name, reason }, { span })
  if (inside.includes(view.name)) throw refuse(`it reads itself: ${[...inside, view.name].join(' reads ')}`)
  if (++count.views > MOST_VIEWS) throw refuse(`the query reads more than ${MOST_VIEWS} views`)
  if (asOf) {
    const message = `Query periods are not supported for the view '${view.name}'`
    throw new TraillakeError('NOT_SUPPORTED', { message }, { span })
  }
  if (inside.length === 0) names.set(placeKey(span), view.name)
  const query = moveTo(parse(view.sql), span)
  return expandNode(query, { ...expansion, inside: [...inside, view.name], hidden: new Set() })
}

/** True for a name in a view that is not one of its own WITH queries: those around the view are out of its sight. */
function isInView({ name }: ast.Table, { inside, hidden }: Expansion): boolean {
  return inside.length > 0 && !(name.parts.length === 1 && hidden.has(name.parts[0]!.value.toLowerCase()))
}

/** A name that the catalog refuses is for the analyzer to complain of. */
function isTable(catalog: Catalog, name: string): boolean {
  try {
    return catalog.table([name]) !== undefined
  } catch {
    return true
  }
}

/** A tree of another text, all of which has one place in ours. */
function moveTo<T>(value: T, span: Span): T {
  if (Array.isArray(value)) return value.map((item) => moveTo(item, span)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === 'span' ? span : moveTo(member, span)]),
  ) as T
}

/** What nothing changes in stays the same object. */
function mapArray<T>(items: readonly T[], map: (item: T) => T): readonly T[] {
  const mapped = items.map(map)
  return mapped.some((item, i) => item !== items[i]) ? mapped : items
}

function mapMembers<T extends object>(node: T, map: <M>(member: M) => M): T {
  const changed = Object.entries(node)
    .map(([key, member]) => [key, key === 'span' ? member : map(member), member] as const)
    .filter(([, mapped, member]) => mapped !== member)
  return changed.length === 0 ? node : { ...node, ...Object.fromEntries(changed) }
}
