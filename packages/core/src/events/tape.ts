import { NODE_BITS } from './record-tree.ts'

/*
 * A tape says where the values of a record lie, so that columns can be filled from its bytes without reading JSON again. It is a
 * sequence of pairs of whole numbers, of which the first begins with the id of a node of the layout's tree:
 *
 *   text        id, escaped?, length in bytes | where it starts, without quotes
 *   boolean     id | 1 or 0
 *   time        id | days since 1970-01-01;  then 0 | milliseconds of the day
 *   struct      id | 1, or 0 for a null in a list;  then its members
 *   list, map   id | number of elements;  then those
 *
 * What is null or absent is not on it; only the value of a map's key can be missing after that key. A record's stretch begins
 * with one number: where it ends.
 */

export const ESCAPED = 1 << NODE_BITS
export const LENGTH_SHIFT = NODE_BITS + 1
/** No longer text fits: its record has no tape. */
export const MAX_TAPE_TEXT = 2 ** (32 - LENGTH_SHIFT) - 1
export const NODE_MASK = ESCAPED - 1

/** Tapes of records one after the other. */
export interface Tape {
  data: Int32Array
  length: number
}

export function newTape(): Tape {
  return { data: new Int32Array(1 << 16), length: 0 }
}

export function largerTape(data: Int32Array): Int32Array {
  const larger = new Int32Array(data.length * 2)
  larger.set(data)
  return larger
}
