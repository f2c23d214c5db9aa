import { TraillakeError } from '../../errors/index.ts'
import { eventJsonBytes, NodeKind, type RecordNode } from '../../events/index.ts'
import {
  type Column,
  type ColumnsMemory,
  PAGE_BYTES,
  type ParquetNode,
  type ParquetWriter,
} from '../../parquet/index.ts'
import { CHECKSUM_COLUMN, type LayoutName, layouts } from '../../schema/index.ts'
import type { Row } from './batch-state.ts'

/** The columns of a data file, in its order, for `createRecordColumns` to fill. */
export function recordColumnNodes(schema: LayoutName, tree: RecordNode): readonly ParquetNode[] {
  const text = (name: string): ParquetNode => ({ name, kind: 'text', children: [] })
  const integer = (name: string): ParquetNode => ({ name, kind: 'integer', children: [] })
  const parsed = tree.children.values()
  const nodes = layouts[schema].columns
    .filter((column) => column.name !== CHECKSUM_COLUMN)
    .map(({ name, json }) =>
      json === '' ? { ...text(name), kind: 'document' as const } : { ...parquetNode(parsed.next().value!), name },
    )
  return [...nodes, text('_source'), integer('_record'), text('_accesskeyid'), text('_arn'), integer('calendarday')]
}

const KINDS = ['text', 'boolean', 'timestamp', 'struct', 'list', 'map'] as const

function parquetNode({ name, kind, children }: RecordNode): ParquetNode {
  return { name, kind: KINDS[kind], children: children.map(parquetNode) }
}

/** The owner of nodes that lie in no list: their values stand at the row's own slot. */
const ROW = 0

/** Fills columns from the tapes of records: each value goes from the record's bytes, where the tape says, into its column. */
export interface RecordColumns {
  /** Puts the rows from `from` to before `end`, whose records have tapes, at slots from `slot` on. */
  put(rows: readonly Row[], from: number, end: number, slot: number): void
}

/** So many rows are put at once at most, and about so many bytes of them. */
const RUN_ROWS = 1024
const RUN_BYTES = 1 << 19
/** They are put one by one when there is more text between the first and the last than this many times their own. */
const MOST_SPREAD = 4

/** The sizes of `Run` and `RunRow` in `assembly/columns.ts`, in words. */
const RUN_WORDS = 6
const ROW_WORDS = 8

/** @param writer of the columns of `recordColumnNodes`; it fills those of no other tree */
export function createRecordColumns(
  schema: LayoutName,
  tree: RecordNode,
  { columns, memory }: Pick<ParquetWriter, 'columns' | 'memory'>,
): RecordColumns {
  const { wasm } = memory
  const named = new Map(columns.map((column) => [column.node.name, column]))
  const columnOf = (name: string) => named.get(name)!
  const documents = columnOf('eventjson')
  const parsed = layouts[schema].columns.filter(({ json }) => json !== '')
  const topOf = (json: string) => {
    const at = parsed.findIndex((field) => field.json === json)
    return at === -1 ? undefined : { node: tree.children[at]!, column: columnOf(parsed[at]!.name) }
  }
  /** It is computed where the record has none. */
  const category = topOf('eventCategory')
  const timeNode = topOf('eventTime')!.node.id
  const repeats = new Map<number, Column>()
  for (const { id, name } of topOf('userIdentity')?.node.children ?? []) {
    if (name === 'accesskeyid' || name === 'arn') repeats.set(id, columnOf(`_${name}`))
  }

  /** @param begins a list's element, or a map's key, begins the next slot of what lies in there */
  function learn({ id, kind, children }: RecordNode, owner: number, begins: boolean, column: Column): void {
    const at = id === category?.node.id ? 0 : column.at
    wasm.setNode(id, kind, at, repeats.get(id)?.at ?? 0, owner, begins ? 1 : 0)
    const isList = kind === NodeKind.list || kind === NodeKind.map
    children.forEach((child, i) => {
      learn(child, isList ? id : owner, isList && i === 0, column.children[i]!)
    })
  }
  tree.children.forEach((child, i) => {
    learn(child, ROW, false, columnOf(parsed[i]!.name))
  })
  wasm.setRow(
    documents.at,
    columnOf('_source').at,
    columnOf('_record').at,
    columnOf('calendarday').at,
    category?.column.at ?? 0,
    timeNode,
  )

  function putRun(rows: readonly Row[], from: number, end: number, span: Span, slot: number): void {
    const { run, first } = copyRun(memory, rows, from, end, span)
    for (let at = from; at < end; ) {
      const put = wasm.putRun(slot + at - from, end - at, run, first + (at - from) * ROW_WORDS * 4, PAGE_BYTES)
      if (put === -1) {
        throw new TraillakeError('GENERIC_INTERNAL_ERROR', {
          message: 'the time of a record is not the one that decided its place',
        })
      }
      at += put
      documents.documents!.endFullPage()
    }
  }

  return {
    put(rows, from, end, slot) {
      for (let at = from; at < end; ) {
        const next = endOfRun(rows, at, end)
        const span = spanOf(rows, at, next)
        if (span.end - span.start <= span.bytes * MOST_SPREAD) putRun(rows, at, next, span, slot + at - from)
        else for (let i = at; i < next; i++) putRun(rows, i, i + 1, spanOf(rows, i, i + 1), slot + i - from)
        at = next
      }
    },
  }
}

function isRewritten({ record }: Row): boolean {
  return record.typed !== null || record.compact !== null
}

/** Where the rows end that have their text, day and category in common with the first. */
function endOfRun(rows: readonly Row[], from: number, end: number): number {
  const first = rows[from]!
  if (isRewritten(first)) return from + 1
  let bytes = first.record.end - first.record.start
  let at = from + 1
  for (; at < end && at - from < RUN_ROWS && bytes < RUN_BYTES; at++) {
    const row = rows[at]!
    if (row.batch !== first.batch || row.day !== first.day || row.record.category !== first.record.category) break
    if (isRewritten(row)) break
    bytes += row.record.end - row.record.start
  }
  return at
}

interface Span {
  start: number
  end: number
  /** Where their stretches of the tape begin, and where these end. */
  tape: number
  tapeEnd: number
  /** Of the records alone, without what lies between them. */
  bytes: number
}

/** Where the records of rows of one text lie in it, and in its tape. */
function spanOf(rows: readonly Row[], from: number, end: number): Span {
  const { tape } = rows[from]!.batch!
  const span = { start: Number.MAX_SAFE_INTEGER, end: 0, tape: Number.MAX_SAFE_INTEGER, tapeEnd: 0, bytes: 0 }
  for (let i = from; i < end; i++) {
    const { record } = rows[i]!
    if (record.start < span.start) span.start = record.start
    if (record.end > span.end) span.end = record.end
    if (record.tape < span.tape) span.tape = record.tape
    if (tape[record.tape]! > span.tapeEnd) span.tapeEnd = tape[record.tape]!
    span.bytes += record.end - record.start
  }
  return span
}

/**
 * Copies a run of rows, with what the tapes of their records point into, to the input.
 *
 * @returns where its `Run` and the first of its `RunRow`s lie
 */
function copyRun(memory: ColumnsMemory, rows: readonly Row[], from: number, end: number, span: Span) {
  const first = rows[from]!
  const batch = first.batch!
  const tape = batch.tape.subarray(span.tape, span.tapeEnd)
  const text = first.record.typed ?? batch.raw.subarray(span.start, span.end)
  const textStart = first.record.typed ? 0 : span.start
  /** Of a record that was rewritten, which is alone. */
  const document = isRewritten(first) ? eventJsonBytes(batch, first.record) : undefined
  const source = Buffer.from(first.file.file.sourceId)
  const category = Buffer.from(first.record.category)
  const words = RUN_WORDS + (end - from) * ROW_WORDS + tape.length
  const others = [source, category, text, ...(document ? [document] : [])]
  const run = memory.wasm.inputOf(others.reduce((sum, { length }) => sum + length, words * 4))
  const rowsAt = run + RUN_WORDS * 4
  const tapeAt = run + (words - tape.length) * 4
  memory.words.set(tape, tapeAt >> 2)
  let next = run + words * 4
  const [sourceAt, categoryAt, textAt, documentAt] = others.map((bytes) => {
    const at = next
    memory.bytes.set(bytes, at)
    next += bytes.length
    return at
  })
  const { words: to, numbers } = memory
  to.set([sourceAt!, source.length, categoryAt!, category.length, calendarDay(first.day)], run >> 2)
  const base = textAt! - textStart
  for (let i = from, at = rowsAt >> 2; i < end; i++, at += ROW_WORDS) {
    const { record } = rows[i]!
    to[at] = base
    to[at + 1] = tapeAt + (record.tape + 1 - span.tape) * 4
    to[at + 2] = tapeAt + (batch.tape[record.tape]! - span.tape) * 4
    to[at + 3] = documentAt ?? base + record.start
    to[at + 4] = document?.length ?? record.end - record.start
    to[at + 5] = record.index
    numbers[(at + 6) >> 1] = record.eventTimeMs
  }
  return { run, first: rowsAt }
}

/** `yyyy-MM-dd` as the number yyyyMMdd. */
function calendarDay(day: string): number {
  return Number(day.slice(0, 4) + day.slice(5, 7) + day.slice(8))
}
