import type { Span } from '../errors/index.ts'
import type { Catalog } from './catalog.ts'
import { type Cursor, findCursor } from './complete/cursor.ts'
import { columnItems, functionItems, keywordItems, memberItems, relationItems } from './complete/items.ts'
import { visibleRelations, visibleWith } from './complete/scope.ts'
import { defaultCatalog } from './default-catalog.ts'
import { whatFollows } from './parse.ts'

export interface Completion {
  /** What is shown; `insert` may differ from it by quotes or a bracket. */
  readonly label: string
  readonly kind: 'column' | 'field' | 'relation' | 'store' | 'function' | 'keyword'
  /** The type of a column or field, the signatures of a function. */
  readonly detail?: string
  /** What to put in the place of `span`. */
  readonly insert: string
}

export interface Completions {
  /** The word that is being typed: empty where none is. */
  readonly span: Span
  /** What is nearest first: columns, relations, stores, functions, keywords; each in its own order. */
  readonly items: readonly Completion[]
}

export interface CompleteOptions {
  /** What the text may name; by default what `translate` takes. */
  readonly catalog?: Catalog
}

const nothing: readonly Completion[] = []

/**
 * What can be typed at a place of a text that is being written.
 *
 * What stands before the place decides what can follow by the grammar; what stands around it, also after it, decides which
 * columns there are. Only what starts with the word being typed is offered, in any letter case. Never throws for a text,
 * however broken: where nothing is known nothing is offered.
 *
 * @param offset UTF-16 units from the start of the text
 */
export function complete(text: string, offset: number, options: CompleteOptions = {}): Completions {
  const catalog = options.catalog ?? defaultCatalog()
  const cursor = findCursor(text, offset)
  if (!cursor) return { span: { start: offset, end: offset }, items: nothing }
  const typed = cursor.typed.toLowerCase()
  const items = itemsAt(text, cursor, catalog).filter(({ label }) => label.toLowerCase().startsWith(typed))
  return { span: cursor.span, items: withoutRepetitions(items) }
}

function itemsAt(text: string, cursor: Cursor, catalog: Catalog): readonly Completion[] {
  const next = whatFollows(cursor.before.slice(cursor.queryStart))
  if (cursor.chain) {
    // The dot of a table's name leads to no column.
    if (next.name === undefined || next.name === 'table') return nothing
    return memberItems(cursor.chain, visibleRelations(text, cursor, catalog))
  }
  const keywords = keywordItems(next.keywords)
  if (next.name === 'table') return [...relationItems(visibleWith(text, cursor), catalog), ...keywords]
  if (next.name !== 'value') return keywords
  return [...columnItems(visibleRelations(text, cursor, catalog)), ...functionItems(), ...keywords]
}

/** An inner name hides the same name further out. */
function withoutRepetitions(items: readonly Completion[]): readonly Completion[] {
  const seen = new Set<string>()
  return items.filter(({ label, kind }) => {
    const key = `${kind} ${label}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
