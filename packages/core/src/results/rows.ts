import type { Chunk } from '../engine/stream.ts'
import { TraillakeError } from '../errors/index.ts'
import type { LakeType } from '../schema/index.ts'
import { decoder, type Form } from './decode.ts'

/** A column of a result. */
export interface ResultField {
  /** The label; several columns may share one. */
  readonly name: string
  readonly type: LakeType
}

/** The rows of a chunk as arrays of cells in a form. */
export function decodeRows<T>(fields: readonly ResultField[], chunk: Chunk, form: Form<T>): (T | null)[][] {
  const readers = chunk.columns.map((column, k) => decoder((fields[k] as ResultField).type, column, form))
  const rows: (T | null)[][] = new Array(chunk.length)
  for (let i = 0; i < chunk.length; i++) {
    const row: (T | null)[] = new Array(readers.length)
    for (let k = 0; k < readers.length; k++) row[k] = (readers[k] as (i: number) => T | null)(i)
    rows[i] = row
  }
  return rows
}

/** Makes an object of a row, by label. Throws INVALID_OPTION when two columns share one: an object would lose a value. */
export function rowObjects<T>(fields: readonly ResultField[]): (row: readonly T[]) => Readonly<Record<string, T>> {
  const labels = fields.map((field) => field.name)
  const twice = labels.find((label, i) => labels.indexOf(label) !== i)
  if (twice !== undefined) {
    const reason = `must be 'array': two columns are labelled ${JSON.stringify(twice)}`
    throw new TraillakeError('INVALID_OPTION', { option: 'rowMode', reason })
  }
  if (labels.includes('__proto__')) return (row) => Object.fromEntries(labels.map((label, i) => [label, row[i] as T]))
  return (row) => {
    const object: Record<string, T> = {}
    for (let i = 0; i < labels.length; i++) object[labels[i] as string] = row[i] as T
    return object
  }
}
