import type { LakeType } from '../schema/index.ts'
import { type Form, orNull } from './decode.ts'
import { base64, scalarText } from './scalar-text.ts'
import type { Scalar } from './scalars.ts'

/** One cell for a program: see `Value` in the query types. */
export type CellValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CellValue[]
  | { readonly [key: string]: CellValue }

/** Values for programs: rows and maps are objects without prototype; map entries keep their order. */
export function valueForm(bigints: 'auto' | 'always'): Form<CellValue> {
  return {
    scalar: (type) =>
      type.kind === 'bigint' && bigints === 'always' ? (value) => BigInt(value as number | bigint) : (value) => value,
    array: (items) => items,
    row(type) {
      const names = memberNames(type)
      return (members) => bareObject(members.map((member, i) => [names[i] as string, member]))
    },
    map: bareObject,
  }
}

/** JSON cells: rows as arrays, bytes as base64, wide integers as text; doubles in full, NaN and infinities as text. */
export const jsonForm: Form<unknown> = jsonCells((value) => (Number.isFinite(value) ? value : String(value)))

/** The canonical cells of test-data/golden/README.md, what answers are compared and digested by: doubles to 12 digits. */
export const canonicalForm: Form<unknown> = jsonCells(canonicalNumber)

function jsonCells(double: (value: number) => Scalar): Form<unknown> {
  return {
    scalar(type) {
      switch (type.kind) {
        case 'bigint':
          return (value) => (typeof value === 'bigint' ? value.toString() : value)
        case 'real':
        case 'double':
          return (value) => double(value as number)
        case 'varbinary':
          return (value) => base64(value as Uint8Array)
        default:
          return (value) => value
      }
    },
    array: (items) => items,
    row: () => (members) => members,
    map: (entries) => bareObject([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
  }
}

/** Text for tables, CSV and `GetQueryResults`: `[a, b]`, `{key=value}`, `{member=value}`. */
export const textForm: Form<string> = {
  scalar: scalarText,
  array: (items) => `[${items.map(orNull).join(', ')}]`,
  row(type) {
    const names = memberNames(type)
    return (members) => `{${members.map((member, i) => `${names[i]}=${orNull(member)}`).join(', ')}}`
  },
  map: (entries) => `{${entries.map(([key, value]) => `${key}=${orNull(value)}`).join(', ')}}`,
}

/** Fit for `JSON.stringify`: what JSON has no form for becomes text. */
export function jsonReplacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value instanceof Uint8Array ? base64(value) : value
}

function canonicalNumber(value: number): Scalar {
  if (!Number.isFinite(value)) return String(value)
  return Number.isInteger(value) ? value : Number(value.toPrecision(12))
}

/** Names of a row's members; `f<position from 1>` for one that has none or shares it. */
export function memberNames(type: LakeType & { readonly kind: 'row' }): readonly string[] {
  return type.fields.map(({ name }, i) => {
    const shared = type.fields.some((other, k) => k !== i && other.name === name)
    return name === undefined || name === '' || shared ? `f${i + 1}` : name
  })
}

function bareObject<T>(entries: readonly (readonly [string, T])[]): { readonly [key: string]: T } {
  const object: { [key: string]: T } = Object.create(null)
  for (const [key, value] of entries) object[key] = value
  return object
}
