import { formatType, type LakeType } from '../../schema/types.ts'
import type { Catalog } from '../catalog.ts'
import type { Completion } from '../complete.ts'
import { functions } from '../functions/index.ts'
import { nameText } from '../print/names.ts'
import type { VisibleRelation, VisibleWith } from './scope.ts'

/** Longer types are cut: they are for reading beside a name. */
const DETAIL = 80

const written = (name: string) => nameText({ value: name, quoted: false })

function typeDetail(type: LakeType): string {
  const text = formatType(type)
  return text.length > DETAIL ? `${text.slice(0, DETAIL - 1)}…` : text
}

/** Columns, and the names of relations, which a dot may follow. */
export function columnItems(relations: readonly VisibleRelation[]): readonly Completion[] {
  const columns = relations.flatMap(({ columns }) => columns)
  const named = relations.flatMap(({ name }) => (name === undefined ? [] : [name]))
  // What `SELECT *` leaves out comes last.
  return [...columns.filter((c) => !c.hidden), ...columns.filter((c) => c.hidden)]
    .map(
      ({ name, type }): Completion => ({
        label: name,
        kind: 'column',
        detail: typeDetail(type),
        insert: written(name),
      }),
    )
    .concat(named.map((name) => ({ label: name, kind: 'relation', insert: written(name) })))
}

/** What can follow the dot after a chain of names: columns of a relation, or fields of a row. */
export function memberItems(chain: readonly string[], relations: readonly VisibleRelation[]): readonly Completion[] {
  const same = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase()
  const [head, ...rest] = chain
  if (head === undefined) return []
  const relation = relations.find(({ name }) => same(name, head))
  if (relation && rest.length === 0) return columnItems([{ ...relation, name: undefined }])
  const path = relation ? rest : chain
  const columns = (relation ? [relation] : relations).flatMap((one) => one.columns)
  let type = columns.find(({ name }) => same(name, path[0]!))?.type
  for (const name of path.slice(1)) {
    type = type?.kind === 'row' ? type.fields.find((field) => same(field.name, name))?.type : undefined
  }
  if (type?.kind !== 'row') return []
  return type.fields.flatMap(({ name, type: of }): Completion[] =>
    name === undefined ? [] : [{ label: name, kind: 'field', detail: typeDetail(of), insert: written(name) }],
  )
}

/** Stores and system tables, after the names that WITH gives. */
export function relationItems(queries: readonly VisibleWith[], catalog: Catalog): readonly Completion[] {
  return [
    ...queries.map(({ name }): Completion => ({ label: name, kind: 'relation', insert: written(name) })),
    ...catalog.tableNames().map((name): Completion => ({ label: name, kind: 'store', insert: tableText(name) })),
  ]
}

/** System tables are named with their schema. */
function tableText(name: string): string {
  return /^traillake\.\w+$/.test(name) ? name : written(name)
}

/** Calls that are no functions of the catalogue, and what they take. */
const forms: readonly (readonly [string, string])[] = [
  ['coalesce', '(T, T...) -> T'],
  ['if', '(boolean, T[, T]) -> T'],
  ['nullif', '(T, T) -> T'],
  ['try', '(T) -> T'],
]

export function functionItems(): readonly Completion[] {
  const known = Object.entries(functions).map(
    ([name, { overloads }]) => [name, overloads.map(({ signature }) => signature).join(' | ')] as const,
  )
  return [...known, ...forms]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, detail]) => ({ label: name, kind: 'function', detail, insert: `${name}(` }))
}

export function keywordItems(keywords: readonly string[]): readonly Completion[] {
  return keywords.map((word) => ({ label: word, kind: 'keyword', insert: word }))
}
