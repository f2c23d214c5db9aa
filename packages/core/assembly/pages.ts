/*
 * How columns are laid out in pages of a Parquet file: their levels, and their values behind each other. What `src/parquet` asks for.
 */

import { Column, growSlots, Kind, larger, PAGE_HEAD, told } from './column'

/** Levels are given as one that all have, below this, or as the place in memory of a byte each. */
const LEVELS: usize = 256

// @ts-ignore: decorator
@inline
function levelAt(levels: usize, at: i32): i32 {
  return levels < LEVELS ? (levels as i32) : (load<u8>(levels + (at as usize)) as i32)
}

// @ts-ignore: decorator
@inline
function isFilled(column: Column, slot: i32): bool {
  return slot < column.slotRoom && load<u8>(column.has + (slot as usize)) == 1
}

/** The levels of a column's slots that lie in no list: those without a value are as deep as what they lie in. */
export function levelsOf(at: usize, slots: i32, depth: i32, outer: usize): usize {
  const column = changetype<Column>(at)
  if (column.filled == 0) return outer
  if (column.filled == slots) return depth as usize
  if (slots > column.slotRoom) growSlots(column, slots - 1)
  if (column.levelRoom < slots) {
    if (column.levels) heap.free(column.levels)
    column.levelRoom = max(slots, column.levelRoom * 2)
    column.levels = heap.alloc(column.levelRoom)
  }
  const has = column.has
  const levels = column.levels
  for (let i: usize = 0; i < (slots as usize); i++) {
    store<u8>(levels + i, load<u8>(has + i) == 1 ? depth : levelAt(outer, i as i32))
  }
  return levels
}

/** The way to a leaf: from the outermost list or map to it. */
const MOST_STEPS = 32
const steps: usize = memory.data(MOST_STEPS * 4)
const required: usize = memory.data(MOST_STEPS)
/** How many elements of its list or map have been passed. */
const passed: usize = memory.data(MOST_STEPS * 4)
let lastStep: i32 = 0
/** The levels that were found. */
let definition: usize = 0
let repetition: usize = 0
let levelCount: i32 = 0
let levelRoom: i32 = 0

export function setStep(step: i32, column: usize, isRequired: i32): void {
  if (step >= MOST_STEPS) unreachable()
  store<usize>(steps + ((step as usize) << 2), column)
  store<u8>(required + (step as usize), isRequired)
  lastStep = step
}

/**
 * Finds the levels of the leaf to which the steps lead, which lies in a list or map.
 *
 * @param depth level of the outermost list or map where it is there; @param outer the levels of what that lies in
 * @returns how many there are; they lie at `definitionAt` and `repetitionAt` until the next call
 * @see Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", VLDB 2010
 */
export function walk(rows: i32, depth: i32, outer: usize): i32 {
  memory.fill(passed, 0, MOST_STEPS * 4)
  levelCount = 0
  const first = changetype<Column>(load<usize>(steps))
  for (let row = 0; row < rows; row++) {
    if (isFilled(first, row)) walkStep(0, row, 0, depth - 1, 0)
    else putLevel(0, levelAt(outer, row))
  }
  return levelCount
}

export function definitionAt(): usize {
  return definition
}

export function repetitionAt(): usize {
  return repetition
}

/** @param depth level of what the column lies in; @param lists how many lists and maps that lies in */
function walkStep(step: i32, slot: i32, repeated: i32, depth: i32, lists: i32): void {
  const column = changetype<Column>(load<usize>(steps + ((step as usize) << 2)))
  if (load<u8>(required + (step as usize)) || !isFilled(column, slot)) putLevel(repeated, depth)
  else if (column.kind == Kind.list) {
    const elements = load<i32>(column.counts + ((slot as usize) << 2))
    if (elements == 0) putLevel(repeated, depth + 1)
    const counter = passed + ((step as usize) << 2)
    for (let i = 0; i < elements; i++) {
      const element = load<i32>(counter)
      store<i32>(counter, element + 1)
      walkStep(step + 1, element, i == 0 ? repeated : lists + 1, depth + 2, lists + 1)
    }
  } else if (step == lastStep) putLevel(repeated, depth + 1)
  else walkStep(step + 1, slot, repeated, depth + 1, lists)
}

function putLevel(repeated: i32, defined: i32): void {
  if (levelCount == levelRoom) {
    const room = max(1024, levelRoom * 2)
    definition = larger(definition, levelRoom, room)
    repetition = larger(repetition, levelRoom, room)
    levelRoom = room
  }
  store<u8>(definition + (levelCount as usize), defined)
  store<u8>(repetition + (levelCount as usize), repeated)
  levelCount++
}

/** The page that is being laid out. */
let page: usize = 0
let pageRoom: i32 = 0
let pageUsed: i32 = 0

/** Makes room for so many bytes more and gives the place of the first of them. */
function reserve(more: i32): usize {
  if (pageUsed + more > pageRoom) {
    const room = max(1 << 16, max(pageRoom * 2, pageUsed + more))
    page = larger(page, pageUsed, room)
    pageRoom = room
  }
  return page + (pageUsed as usize)
}

export function beginPage(): void {
  pageUsed = 0
}

export function pageAt(): usize {
  return page
}

export function pageLength(): i32 {
  return pageUsed
}

/** How many bits hold numbers from 0 to `most`. */
// @ts-ignore: decorator
@inline
function bitWidth(most: i32): i32 {
  return 32 - clz(most)
}

/** As many bytes as `packNumbers` leaves at most. */
// @ts-ignore: decorator
@inline
function packedBound(count: i32, width: i32): i32 {
  return ((count + 7) >> 3) * (width + 1) + 16
}

/** Puts the levels from `from` to before `end` with their length before them; nothing where there can be but one. */
export function putLevels(levels: usize, from: i32, end: i32, most: i32): void {
  if (most == 0) return
  const width = bitWidth(most)
  const at = reserve(4 + packedBound(end - from, width))
  const start = at + 4
  const stop =
    levels < LEVELS
      ? packRun(levels as i32, end - from, width, start)
      : packNumbers<u8>(levels + (from as usize), end - from, width, start)
  store<u32>(at, (stop - start) as u32)
  pageUsed += (stop - at) as i32
}

/** Puts the positions of a column's values in its dictionary. */
export function putCodes(at: usize): void {
  const column = changetype<Column>(at)
  const width = bitWidth(column.distinct - 1)
  const start = reserve(1 + packedBound(column.count, width))
  store<u8>(start, width)
  pageUsed += (packNumbers<i32>(column.codes, column.count, width, start + 1) - start) as i32
}

export function putBytes(from: usize, length: i32): void {
  memory.copy(reserve(length), from, length)
  pageUsed += length
}

/**
 * Where a page of texts ends that begins with the value at `from`, whose first text lies at `place`: with the row that reaches so many bytes.
 *
 * @param most level of a value that is there
 * @returns the value behind its last; where its texts end is told at `toldAt`
 */
export function endOfTexts(definition: usize, repetition: usize, from: i32, end: i32, most: i32, place: usize, bytes: i32): i32 {
  let at = place
  let i = from
  for (; i < end; i++) {
    if (at - place >= (bytes as usize) && levelAt(repetition, i) == 0) break
    if (levelAt(definition, i) == most) at += 4 + (load<u32>(at) as usize)
  }
  store<i32>(told, at as i32)
  return i
}

/** Puts all values of a column of numbers, eight bytes each, times scale. */
export function putNumbers(at: usize, scale: i64): void {
  const column = changetype<Column>(at)
  putScaled(column.bytes, column.count, scale)
}

/** The same, of its dictionary. */
export function putDistinctNumbers(at: usize, scale: i64): void {
  const column = changetype<Column>(at)
  putScaled(column.places, column.distinct, scale)
}

function putScaled(numbers: usize, count: i32, scale: i64): void {
  const to = reserve(count << 3)
  for (let i: usize = 0; i < (count as usize); i++) {
    store<i64>(to + (i << 3), (load<f64>(numbers + (i << 3)) as i64) * scale)
  }
  pageUsed += count << 3
}

/** Puts all values of a column of flags, a bit each. */
export function putFlags(at: usize): void {
  const column = changetype<Column>(at)
  const length = (column.count + 7) >> 3
  const to = reserve(length)
  memory.fill(to, 0, length)
  for (let i: usize = 0; i < (column.count as usize); i++) {
    const byte = to + (i >> 3)
    store<u8>(byte, load<u8>(byte) | (load<u8>(column.bytes + i) << ((i & 7) as u8)))
  }
  pageUsed += length
}

/** Says at `toldAt` the least and the greatest number of a column that has some, eight bytes each, times scale. */
export function numberBounds(at: usize, scale: i64): void {
  const column = changetype<Column>(at)
  let least = load<f64>(column.bytes)
  let greatest = least
  for (let i: usize = 1; i < (column.count as usize); i++) {
    const value = load<f64>(column.bytes + (i << 3))
    if (value < least) least = value
    else if (value > greatest) greatest = value
  }
  store<i64>(told, (least as i64) * scale)
  store<i64>(told, (greatest as i64) * scale, 8)
}

/** Puts the level that all documents of a page have before them; gives the place where the page begins. */
export function headDocuments(at: usize): usize {
  const column = changetype<Column>(at)
  pageUsed = 0
  putLevels(1, 0, column.count, 1)
  const start = column.bytes + ((PAGE_HEAD - pageUsed) as usize)
  memory.copy(start, page, pageUsed)
  return start
}

/** Shorter runs are packed among their neighbours. */
const LEAST_RUN: i32 = 8

/**
 * Writes numbers in Parquet's hybrid of run lengths and bit packing.
 *
 * @param width bits of a number, up to 24
 * @returns where the bytes end
 */
function packNumbers<T>(values: usize, count: i32, width: i32, start: usize): usize {
  let at = start
  let i = 0
  while (i < count) {
    const run = runLength<T>(values, i, count)
    if (run >= LEAST_RUN || i + run == count) {
      at = packRun(numberAt<T>(values, i), run, width, at)
      i += run
      continue
    }
    // Packed numbers come in eights: only the last eight of all may be fewer.
    const packed = i
    do i += LEAST_RUN
    while (i < count && runLength<T>(values, i, min(count, i + LEAST_RUN)) < LEAST_RUN)
    const groups = (i - packed) / LEAST_RUN
    at = putVarint(at, groups * 2 + 1)
    at = packBits<T>(values, packed, min(i, count), groups * width, width, at)
  }
  return at
}

// @ts-ignore: decorator
@inline
function numberAt<T>(values: usize, at: i32): i32 {
  return load<T>(values + (at as usize) * sizeof<T>()) as i32
}

/** Writes the same number over and over. */
function packRun(value: i32, count: i32, width: i32, start: usize): usize {
  let at = putVarint(start, count * 2)
  for (let bits = 0; bits < width; bits += 8) store<u8>(at++, value >>> bits)
  return at
}

function runLength<T>(values: usize, from: i32, end: i32): i32 {
  const first = numberAt<T>(values, from)
  let i = from + 1
  while (i < end && numberAt<T>(values, i) == first) i++
  return i - from
}

function putVarint(start: usize, value: i32): usize {
  let at = start
  let rest = value as u32
  for (; rest >= 128; rest >>= 7) store<u8>(at++, (rest & 127) | 128)
  store<u8>(at++, rest)
  return at
}

/** Packs numbers one after the other, the lowest bit first, and fills up to `length` bytes with zeroes. */
function packBits<T>(values: usize, from: i32, end: i32, length: i32, width: i32, start: usize): usize {
  let at = start
  let held: u32 = 0
  let bits = 0
  for (let i = from; i < end; i++) {
    held |= (numberAt<T>(values, i) as u32) << bits
    bits += width
    for (; bits >= 8; bits -= 8) {
      store<u8>(at++, held)
      held >>= 8
    }
  }
  if (bits > 0) store<u8>(at++, held)
  const stop = start + (length as usize)
  memory.fill(at, 0, stop - at)
  return stop
}
