import { closeSync, openSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { readFooterBytes } from './footer-bytes.ts'
import { type Cursor, createCursor } from './thrift-cursor.ts'

/** What the footers of some files say, added up. */
export interface FooterSums {
  readonly rows: number
  /** Of all columns, neither compressed nor with its footers. */
  readonly bytes: number
  /** By leaf column. `nulls` is null where a footer does not tell. */
  readonly leaves: ReadonlyMap<string, LeafSums>
  /** Have all files the same columns of the same types, in the same order? */
  readonly isUniform: boolean
  /** What the first file says of its columns, to the byte: the engine sees the same columns wherever this is the same. */
  readonly schema: string
}

interface LeafSums {
  readonly values: number
  readonly nulls: number | null
}

/** Numbers of the fields of a footer that are looked at. */
const FILE = { schema: 2, rowGroups: 4, keyValues: 5 } as const
const ELEMENT = { repetition: 3, fieldId: 9 } as const
const GROUP = { columns: 1, rows: 3 } as const
const CHUNK_METADATA = 3
const COLUMN = { path: 3, values: 5, bytes: 6, statistics: 12 } as const
const STATISTICS_NULLS = 3
/** So many files are read before others of this thread have their turn. */
const FILES_A_TURN = 16

/**
 * Reads nothing but the footers, each one once and not by the engine: it makes a row of every column of every row group, and takes ten times
 * as long.
 *
 * Errors: those of the file system; RangeError or TypeError where the bytes are no footer.
 */
export async function readFooters(paths: readonly string[]): Promise<FooterSums> {
  const sums: Sums = { rows: 0, bytes: 0, leaves: new Map() }
  let first: Schema | undefined
  let isUniform = true
  for (const [i, path] of paths.entries()) {
    if (i % FILES_A_TURN === FILES_A_TURN - 1) await setImmediate()
    const schema = addFooter(footerOf(path), sums)
    first ??= schema
    isUniform &&= schema.columns.equals(first.columns) || shapeOf(schema.columns) === shapeOf(first.columns)
  }
  // Writers tell of types that Parquet does not have in texts beside the columns.
  const schema = first ? Buffer.concat([first.columns, first.keyValues]).toString('latin1') : ''
  return { ...sums, isUniform, schema }
}

function footerOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    return readFooterBytes(file).bytes
  } finally {
    closeSync(file)
  }
}

interface Sums {
  rows: number
  bytes: number
  readonly leaves: Map<string, LeafSums>
}

/** The bytes of two fields. */
interface Schema {
  readonly columns: Buffer
  readonly keyValues: Buffer
}

function addFooter(footer: Buffer, sums: Sums): Schema {
  const cursor = createCursor(footer)
  const schema: { columns: Buffer; keyValues: Buffer } = { columns: Buffer.alloc(0), keyValues: Buffer.alloc(0) }
  const skipped = (type: number) => {
    const from = cursor.position
    cursor.skip(type)
    return footer.subarray(from, cursor.position)
  }
  cursor.struct((field, type) => {
    if (field === FILE.rowGroups) cursor.list(() => addRowGroup(cursor, sums))
    else if (field === FILE.schema) schema.columns = skipped(type)
    else if (field === FILE.keyValues) schema.keyValues = skipped(type)
    else cursor.skip(type)
  })
  return schema
}

function addRowGroup(cursor: Cursor, sums: Sums): void {
  cursor.struct((field, type) => {
    if (field === GROUP.rows) sums.rows += cursor.number()
    else if (field !== GROUP.columns) cursor.skip(type)
    else
      cursor.list(() =>
        cursor.struct((member, memberType) => {
          if (member === CHUNK_METADATA) addColumn(cursor, sums)
          else cursor.skip(memberType)
        }),
      )
  })
}

function addColumn(cursor: Cursor, sums: Sums): void {
  const path: string[] = []
  let values = 0
  let nulls: number | null = null
  cursor.struct((field, type) => {
    if (field === COLUMN.path) cursor.list(() => path.push(cursor.text()))
    else if (field === COLUMN.values) values = cursor.number()
    else if (field === COLUMN.bytes) sums.bytes += cursor.number()
    else if (field !== COLUMN.statistics) cursor.skip(type)
    else
      cursor.struct((member, memberType) => {
        if (member === STATISTICS_NULLS) nulls = cursor.number()
        else cursor.skip(memberType)
      })
  })
  const name = path.join(', ')
  const sum = sums.leaves.get(name)
  if (!sum) sums.leaves.set(name, { values, nulls })
  else {
    const all = sum.nulls === null || nulls === null ? null : sum.nulls + nulls
    sums.leaves.set(name, { values: sum.values + values, nulls: all })
  }
}

/** Names and types of a schema's elements. Writers call its root as they like, number columns or not, and say or not that no value is NULL. */
function shapeOf(columns: Buffer): string {
  const cursor = createCursor(columns)
  const elements: string[] = []
  cursor.list(() => {
    const fields: string[] = []
    cursor.struct((field, type) => {
      const from = cursor.position
      cursor.skip(type)
      if (field === ELEMENT.repetition || field === ELEMENT.fieldId) return
      fields.push(`${field} ${columns.toString('latin1', from, cursor.position)}`)
    })
    elements.push(fields.join('\n'))
  })
  return JSON.stringify(elements.slice(1))
}
