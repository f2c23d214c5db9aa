import type { Field, FieldKind, Layout } from '../schema/index.ts'
import { formatEventTime, parseEventTime } from './event-time.ts'
import { decodeString, elements, isArray, isNumber, isObject, isString, type Member, members } from './json-text.ts'
import { lowerAscii, typedKey } from './shape.ts'

/**
 * Rewrites a record so that the engine's JSON reader gives exactly the columns of a layout.
 *
 * The result holds the layout's keys in their usual spelling, each at most once, and values that already are what the column
 * is to hold: texts and map values as JSON strings, map values that are no strings as their source text, times in one form,
 * null for what does not fit (docs/schema.md, "Values that do not fit their column").
 *
 * @param text a JSON object, valid and compact (`compactJson`)
 */
export function normalizeRecord(text: string, layout: Layout): NormalizedRecord {
  const fields = recordFields(layout)
  const { keys, labels } = prepare(fields)
  const picked = pickMembers(members(text), keys)
  const values = new Map<string, string>()
  const parts: string[] = []
  for (let i = 0; i < fields.length; i++) {
    const value = picked.get(keys[i]!)
    if (value === undefined) continue
    const made = fieldText(value, fields[i]!.kind)
    values.set(keys[i]!, made)
    parts.push(`${labels[i]}${made}`)
  }
  return { text: `{${parts.join(',')}}`, values }
}

export interface NormalizedRecord {
  readonly text: string
  /** The values in the text by the usual spelling of their keys, as JSON. */
  readonly values: ReadonlyMap<string, string>
}

const fieldsOfLayouts = new WeakMap<Layout, readonly Field[]>()

/** The columns that records fill; the others are computed. */
function recordFields(layout: Layout): readonly Field[] {
  const known = fieldsOfLayouts.get(layout)
  if (known) return known
  const fields = layout.columns.filter((column) => column.json !== '')
  fieldsOfLayouts.set(layout, fields)
  return fields
}

/** The members that columns take: by exact key, else by a key in another letter case; of equals the last. */
export function pickMembers(all: readonly Member[], keys: readonly string[]): ReadonlyMap<string, string> {
  const { exact: wanted, folded } = lookupOf(keys)
  const picked = new Map<string, string>()
  let others: Map<string, string> | undefined
  for (const { key, value } of all) {
    if (wanted.has(key)) {
      picked.set(key, value)
      continue
    }
    const usual = folded.get(lowerAscii(key))
    if (usual !== undefined) {
      others ??= new Map()
      others.set(usual, value)
    }
  }
  if (others) for (const [key, value] of others) if (!picked.has(key)) picked.set(key, value)
  return picked
}

interface Lookup {
  readonly exact: ReadonlySet<string>
  /** Usual spellings by their lower case. */
  readonly folded: ReadonlyMap<string, string>
}

/** One lookup for each list of keys: the lists are those of the layouts. */
const lookups = new WeakMap<readonly string[], Lookup>()

function lookupOf(keys: readonly string[]): Lookup {
  const known = lookups.get(keys)
  if (known) return known
  const lookup = { exact: new Set(keys), folded: new Map(keys.map((key) => [lowerAscii(key), key])) }
  lookups.set(keys, lookup)
  return lookup
}

interface Prepared {
  readonly keys: readonly string[]
  /** The beginnings of members in typed text: quoted key and colon. */
  readonly labels: readonly string[]
}

const prepared = new WeakMap<readonly Field[], Prepared>()

function prepare(fields: readonly Field[]): Prepared {
  const known = prepared.get(fields)
  if (known) return known
  const made = {
    keys: fields.map((field) => field.json),
    labels: fields.map((field) => `${JSON.stringify(typedKey(field))}:`),
  }
  prepared.set(fields, made)
  return made
}

function structText(all: readonly Member[], fields: readonly Field[]): string {
  const { keys, labels } = prepare(fields)
  const picked = pickMembers(all, keys)
  let text = ''
  for (let i = 0; i < fields.length; i++) {
    const value = picked.get(keys[i]!)
    if (value !== undefined) text += `${text === '' ? '{' : ','}${labels[i]}${fieldText(value, fields[i]!.kind)}`
  }
  return text === '' ? '{}' : `${text}}`
}

function fieldText(value: string, kind: FieldKind): string {
  if (value === 'null') return value
  if (typeof kind === 'object') {
    if ('struct' in kind) return isObject(value) ? structText(members(value), kind.struct) : 'null'
    if (!isArray(value)) return 'null'
    const { array: fields } = kind
    return `[${elements(value)
      .map((element) => fieldText(element, { struct: fields }))
      .join(',')}]`
  }
  switch (kind) {
    case 'varchar':
      return JSON.stringify(textOf(value))
    case 'boolean':
      return booleanText(value)
    case 'timestamp': {
      const ms = isString(value) ? parseEventTime(decodeString(value)) : undefined
      return ms === undefined ? 'null' : `"${formatEventTime(ms)}"`
    }
    case 'double':
      return doubleText(value)
    case 'integer':
      return integerText(value)
    case 'map':
      return isObject(value) ? mapText(value) : 'null'
    case 'bigint':
    case 'date':
      // No record field has these types: they are for tables of other origin.
      return 'null'
  }
}

/** What a varchar column or a map holds for a value: a string itself, anything else its source text. */
export function textOf(value: string): string {
  return isString(value) ? decodeString(value) : value
}

function booleanText(value: string): string {
  const text = textOf(value)
  return /^(?:true|false)$/i.test(text) ? text.toLowerCase() : 'null'
}

function doubleText(value: string): string {
  const number = isNumber(value) ? Number(value) : Number.NaN
  if (!Number.isFinite(number)) return 'null'
  // The engine reads a zero without a fraction as an integer, which has no sign.
  return Object.is(number, -0) ? '-0.0' : value
}

function integerText(value: string): string {
  const whole = isNumber(value) ? Math.trunc(Number(value)) : Number.NaN
  return whole >= -(2 ** 31) && whole < 2 ** 31 ? String(whole + 0) : 'null'
}

function mapText(object: string): string {
  // A Map keeps the place of the first of two equal keys and the value of the last, as JSON.parse does.
  const entries = new Map<string, string>()
  for (const { key, value } of members(object)) entries.set(key, value)
  const parts: string[] = []
  for (const [key, value] of entries) {
    parts.push(`${JSON.stringify(key)}:${value === 'null' ? value : JSON.stringify(textOf(value))}`)
  }
  return `{${parts.join(',')}}`
}
