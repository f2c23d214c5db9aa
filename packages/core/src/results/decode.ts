import { type Column, isNull, type ListColumn, type StructColumn } from '../engine/vectors.ts'
import type { LakeType } from '../schema/index.ts'
import { scalarText } from './scalar-text.ts'
import { type Reader, type Scalar, scalarReader } from './scalars.ts'

/** What values become: one of these for row objects, canonical cells, text. */
export interface Form<T> {
  scalar(type: LakeType): (value: Scalar) => T
  array(items: readonly (T | null)[]): T
  row(type: LakeType & { readonly kind: 'row' }): (members: readonly (T | null)[]) => T
  /** Keys are text already: see `keyForm`. */
  map(entries: readonly (readonly [key: string, value: T | null])[]): T
}

/** Makes the reader of a column: its values by Lake type, in a form; NULL is null. */
export function decoder<T>(type: LakeType, column: Column, form: Form<T>): Reader<T | null> {
  if (type.kind === 'unknown') return () => null
  const read = presentDecoder(type, column, form)
  return column.validity === undefined ? read : (i) => (isNull(column, i) ? null : read(i))
}

function presentDecoder<T>(type: LakeType, column: Column, form: Form<T>): Reader<T> {
  switch (type.kind) {
    case 'array': {
      const { offsets, child } = column as ListColumn
      const item = decoder(type.element, child, form)
      return (i) => form.array(range(offsets, i, item))
    }
    case 'map': {
      const { offsets, child } = column as ListColumn
      const [keys, values] = (child as StructColumn).children as readonly [Column, Column]
      const key = decoder(type.key, keys, keyForm)
      const value = decoder(type.value, values, form)
      const entry = (i: number) => [key(i) ?? 'null', value(i)] as const
      return (i) => form.map(range(offsets, i, entry))
    }
    case 'row': {
      const members = type.fields.map((field, k) =>
        decoder(field.type, (column as StructColumn).children[k] as Column, form),
      )
      const make = form.row(type)
      return (i) => make(members.map((member) => member(i)))
    }
    default: {
      const read = scalarReader(type, column)
      const convert = form.scalar(type)
      return (i) => convert(read(i))
    }
  }
}

function range<T>(offsets: Int32Array, i: number, read: Reader<T>): T[] {
  const start = offsets[i] as number
  const length = (offsets[i + 1] as number) - start
  const out = new Array<T>(length)
  for (let k = 0; k < length; k++) out[k] = read(start + k)
  return out
}

/** Keys of maps as Trino prints them: an array or row is `[1, a]`. */
const keyForm: Form<string> = {
  scalar: scalarText,
  array: (items) => `[${items.map(orNull).join(', ')}]`,
  row: () => (members) => `[${members.map(orNull).join(', ')}]`,
  map: (entries) => `{${entries.map(([key, value]) => `${key}=${orNull(value)}`).join(', ')}}`,
}

/** `null` inside an array, row or map. */
export function orNull(text: string | null): string {
  return text ?? 'null'
}
