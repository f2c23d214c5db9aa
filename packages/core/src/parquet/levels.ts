import type { Column } from './column.ts'

/** Levels of values: all the same, or one a value. */
export type Levels = number | Int32Array

export function levelAt(levels: Levels, at: number): number {
  return typeof levels === 'number' ? levels : levels[at]!
}

/** How deep a column's slots are defined that lie in no list: those without a value as deep as what they lie in. */
export function levelsOf(column: Column, slots: number, depth: number, outer: Levels): Levels {
  const { has, filled } = column
  if (filled === 0) return outer
  if (filled === slots) return depth
  if (column.levels.length < slots) column.levels = new Int32Array(Math.max(slots, column.levels.length * 2))
  const { levels } = column
  if (typeof outer === 'number') for (let i = 0; i < slots; i++) levels[i] = has[i] === 1 ? depth : outer
  else for (let i = 0; i < slots; i++) levels[i] = has[i] === 1 ? depth : outer[i]!
  return levels
}

/**
 * Finds the levels of leaves that lie in lists or maps, one leaf after the other.
 *
 * @see Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", VLDB 2010
 */
export class LevelWalker {
  /** What was found: the first `count` of each. */
  definition = new Int32Array(1024)
  repetition = new Int32Array(1024)
  count = 0
  private path: readonly Column[] = []
  /** By step of the path: how many elements of its list or map have been passed. */
  private readonly passed = new Int32Array(16)

  /**
   * @param path from the outermost list or map to the leaf
   * @param depth level of that list or map where it is there
   * @param outer how deep what it lies in is defined, by row
   */
  walk(path: readonly Column[], rows: number, depth: number, outer: Levels): void {
    this.path = path
    this.passed.fill(0)
    this.count = 0
    const { has } = path[0]!
    for (let row = 0; row < rows; row++) {
      if (has[row] === 1) this.step(0, row, 0, depth - 1, 0)
      else this.put(0, levelAt(outer, row))
    }
  }

  /** @param def level of what the column lies in; @param lists how many lists and maps that lies in */
  private step(at: number, slot: number, rep: number, def: number, lists: number): void {
    const column = this.path[at]!
    if (column.isRequired || column.has[slot] !== 1) this.put(rep, def)
    else if (column.isList) {
      const elements = column.counts[slot]!
      if (elements === 0) this.put(rep, def + 1)
      for (let i = 0; i < elements; i++) {
        this.step(at + 1, this.passed[at]!++, i === 0 ? rep : lists + 1, def + 2, lists + 1)
      }
    } else if (at === this.path.length - 1) this.put(rep, def + 1)
    else this.step(at + 1, slot, rep, def + 1, lists)
  }

  private put(rep: number, def: number): void {
    if (this.count === this.definition.length) {
      this.definition = larger(this.definition)
      this.repetition = larger(this.repetition)
    }
    this.definition[this.count] = def
    this.repetition[this.count++] = rep
  }
}

function larger(values: Int32Array): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(values.length * 2)
  copy.set(values)
  return copy
}
