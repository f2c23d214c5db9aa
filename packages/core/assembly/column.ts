/*
 * What a column holds in WebAssembly's memory: `columns.ts` fills it, `pages.ts` lays it out.
 */

/** As `ColumnKind` of `src/parquet/columns-memory.ts`. */
export const enum Kind {
  text,
  flag,
  number,
  struct,
  list,
  document,
}

/** Before the documents of a page there is room for their levels: four bytes of length, a number, a level. */
export const PAGE_HEAD: i32 = 16

/** Room that grows. */
@unmanaged
export class Column {
  kind: i32
  /** How many slots have a value; of a list how many elements there are. */
  filled: i32
  elements: i32
  /** By slot: a byte that says whether there is a value; of lists a number of elements. */
  has: usize
  counts: usize
  slotRoom: i32
  /** Values so far. */
  count: i32
  isDictionary: i32
  distinct: i32
  /** The position in the dictionary of each value. */
  codes: usize
  codeRoom: i32
  /** Texts in plain form, distinct ones or all; numbers, all of them; flags, a byte each; documents of a page, behind its head. */
  bytes: usize
  used: i32
  byteRoom: i32
  /** Open addressing: 1 + the position in the dictionary, or 0. */
  table: usize
  tableSize: i32
  /** By distinct value: where its text begins, and its hash; of a number its eight bytes. */
  places: usize
  hashes: usize
  placeRoom: i32
  last: i32
  /** Room for the levels of its slots. */
  levels: usize
  levelRoom: i32
}

/** What `describe` says of a column, and `bounds`. */
export const told: usize = memory.data(64)

export function toldAt(): usize {
  return told
}

export function larger(at: usize, had: i32, has: i32): usize {
  const to = heap.alloc(has)
  memory.copy(to, at, had)
  memory.fill(to + had, 0, has - had)
  heap.free(at)
  return to
}

// @ts-ignore: decorator
@inline
export function fillSlot(column: Column, slot: i32): void {
  if (slot >= column.slotRoom) growSlots(column, slot)
  store<u8>(column.has + (slot as usize), 1)
  column.filled++
}

export function growSlots(column: Column, slot: i32): void {
  const had = column.slotRoom
  const has = max(had * 2, slot + 1)
  column.has = larger(column.has, had, has)
  if (column.counts) column.counts = larger(column.counts, had << 2, has << 2)
  column.slotRoom = has
}
