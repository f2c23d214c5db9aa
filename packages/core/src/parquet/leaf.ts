import type { Column } from './column.ts'
import type { ColumnsMemory, Levels } from './columns-memory.ts'
import { wrapperOf } from './schema.ts'

/** A column of a file: the values of one node that holds no others. */
export interface Leaf {
  readonly column: Column
  /** Names from the outermost node to it, those between included. */
  readonly path: readonly string[]
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/** A leaf with the levels of a row group. */
export interface LeveledLeaf {
  readonly leaf: Leaf
  readonly definition: Levels
  /** 0 where no row has more than one value. */
  readonly repetition: Levels
  /** How many levels there are. */
  readonly count: number
}

/** A node on the way to leaves. */
interface Step {
  readonly column: Column
  /** Level of a slot that has a value. */
  readonly depth: number
  readonly children: readonly Step[]
  readonly leaf: Leaf | undefined
  /** Of a list or map that lies in no other: the way to each leaf. */
  readonly ways: readonly Way[]
}

interface Way {
  readonly columns: readonly Column[]
  readonly leaf: Leaf
}

/** The leaves of columns, in the order of a file. */
export interface Leaves {
  readonly all: readonly Leaf[]
  /** Calls `each` for every leaf with the levels of so many rows, which are there until the next one. */
  level(rows: number, each: (leveled: LeveledLeaf) => void): void
}

export function createLeaves(columns: readonly Column[], { wasm }: ColumnsMemory): Leaves {
  const all: Leaf[] = []
  const steps = columns.map((column) => stepOf(column, 0, 0, [], all))

  function levelWay({ leaf, columns: way }: Way, rows: number, depth: number, outer: Levels): LeveledLeaf {
    if (way[0]!.filled === 0) return { leaf, definition: outer, repetition: 0, count: rows }
    way.forEach((column, step) => {
      wasm.setStep(step, column.at, column.isRequired ? 1 : 0)
    })
    const count = wasm.walk(rows, depth, outer)
    return { leaf, definition: wasm.definitionAt(), repetition: wasm.repetitionAt(), count }
  }

  function level(step: Step, rows: number, outer: Levels, each: (leveled: LeveledLeaf) => void): void {
    const { column, depth, children, leaf, ways } = step
    for (const way of ways) each(levelWay(way, rows, depth, outer))
    if (ways.length > 0) return
    const definition = wasm.levelsOf(column.at, rows, depth, outer)
    if (leaf) each({ leaf, definition, repetition: 0, count: rows })
    for (const child of children) level(child, rows, definition, each)
  }

  return {
    all,
    level(rows, each) {
      for (const step of steps) level(step, rows, 0, each)
    },
  }
}

function stepOf(column: Column, outerDepth: number, lists: number, outerPath: readonly string[], all: Leaf[]): Step {
  const { node, isList } = column
  const path = [...outerPath, node.name]
  const depth = column.isRequired ? outerDepth : outerDepth + 1
  if (column.children.length === 0) {
    const leaf = { column, path, maxDefinition: depth, maxRepetition: lists }
    all.push(leaf)
    return { column, depth, children: [], leaf, ways: [] }
  }
  const innerPath = isList ? [...path, wrapperOf(node)] : path
  const children = column.children.map((child) =>
    stepOf(child, isList ? depth + 1 : depth, isList ? lists + 1 : lists, innerPath, all),
  )
  const step = { column, depth, children, leaf: undefined, ways: [] }
  return isList && lists === 0 ? { ...step, ways: waysTo(step) } : step
}

function waysTo({ column, leaf, children }: Step): readonly Way[] {
  if (leaf) return [{ columns: [column], leaf }]
  return children.flatMap(waysTo).map((way) => ({ ...way, columns: [column, ...way.columns] }))
}
