import type { Field, FieldKind } from '../../src/schema/index.ts'
import { isScalar, render, type Tree } from './json-tree.ts'

/**
 * What the columns of a record are by docs/schema.md, computed from a tree and `JSON.parse` of single tokens: it shares no
 * code with the reader under test.
 */
export function modelRow(tree: Tree, fields: readonly Field[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fields.map((field) => [field.name, modelValue(memberOf(tree, field.json), field.kind)]))
}

function memberOf(tree: Tree, key: string): Tree | undefined {
  if (!('members' in tree)) return undefined
  const decoded = tree.members.map(([token, value]) => [textOf(token), value] as const)
  const exact = decoded.filter(([name]) => name === key)
  const folded = decoded.filter(([name]) => name.toLowerCase() === key.toLowerCase())
  return (exact.at(-1) ?? folded.at(-1))?.[1]
}

function modelValue(tree: Tree | undefined, kind: FieldKind): unknown {
  if (tree === undefined || (isScalar(tree) && tree.token === 'null')) return null
  if (typeof kind === 'object') {
    if ('struct' in kind) return 'members' in tree ? modelRow(tree, kind.struct) : null
    if (!('elements' in tree)) return null
    return tree.elements.map((element) => ('members' in element ? modelRow(element, kind.array) : null))
  }
  const parsed: unknown = isScalar(tree) ? JSON.parse(tree.token) : undefined
  switch (kind) {
    case 'varchar':
      return varchar(tree)
    case 'boolean':
      return ({ true: true, false: false } as Record<string, boolean>)[varchar(tree).toLowerCase()] ?? null
    case 'timestamp':
      return typeof parsed === 'string' ? modelTime(parsed) : null
    case 'double':
      return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : null
    case 'integer':
      return typeof parsed === 'number' && Math.abs(Math.trunc(parsed)) < 2 ** 31 ? Math.trunc(parsed) + 0 : null
    case 'map': {
      if (!('members' in tree)) return null
      const entries = tree.members.map(([key, value]) => [textOf(key), modelValue(value, 'varchar')] as const)
      return Object.assign(Object.create(null) as object, Object.fromEntries(entries))
    }
    default:
      return null
  }
}

function varchar(tree: Tree): string {
  return isScalar(tree) && tree.token.startsWith('"') ? textOf(tree.token) : render(tree)
}

/** Encoding to UTF-8 replaces an unpaired surrogate by U+FFFD. */
function textOf(token: string): string {
  return Buffer.from(JSON.parse(token) as string).toString()
}

export function modelTime(text: string): string | null {
  const extended = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:$6')
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.test(extended)) return null
  if (extended.startsWith('0000')) return null
  const wall = new Date(`${extended.slice(0, 19)}Z`)
  // JavaScript rolls impossible dates over to the next month, and hour 24 to the next day.
  if (Number.isNaN(wall.getTime()) || wall.toISOString().slice(0, 19) !== extended.slice(0, 19)) return null
  const zoned = extended.replace(/(\.\d{1,3})\d*/, '$1').replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
  const date = new Date(/[Z]$|[+-]\d\d:\d\d$/.test(zoned) ? zoned : `${zoned}Z`)
  return date.toISOString().replace('T', ' ').slice(0, -1)
}
