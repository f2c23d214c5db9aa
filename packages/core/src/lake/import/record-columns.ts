import { TraillakeError } from '../../errors/index.ts'
import { eventJsonBytes, NodeKind, RECORD_WORDS, type RecordNode, Word } from '../../events/index.ts'
import {
  type Column,
  type ColumnsMemory,
  PAGE_BYTES,
  type ParquetNode,
  type ParquetWriter,
} from '../../parquet/index.ts'
import { CHECKSUM_COLUMN, type LayoutName, layouts } from '../../schema/index.ts'
import type { Rows } from './rows.ts'

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
  /** Puts the rows that `some` names from `from` to before `end`, whose records have tapes, at slots from `slot` on. */
  put(rows: Rows, some: readonly number[], from: number, end: number, slot: number): void
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

  function putRun(rows: Rows, some: readonly number[], from: number, end: number, span: Span, slot: number): void {
    const { run, first } = copyRun(memory, rows, some, from, end, span)
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
    put(rows, some, from, end, slot) {
      for (let at = from; at < end; ) {
        const next = endOfRun(rows, some, at, end)
        const span = spanOf(rows, some, at, next)
        if (span.end - span.start <= span.bytes * MOST_SPREAD) putRun(rows, some, at, next, span, slot + at - from)
        else for (let i = at; i < next; i++) putRun(rows, some, i, i + 1, spanOf(rows, some, i, i + 1), slot + i - from)
        at = next
      }
    },
  }
}

/** Where the rows end that have their text, day and place in common with the first. */
function endOfRun(rows: Rows, some: readonly number[], from: number, end: number): number {
  const first = some[from]!
  const text = rows.text(first)
  const place = rows.placeNumber(first)
  const day = rows.dayNumber(first)
  const hasRewritten = rows.batch(first)!.hasRewritten
  if (hasRewritten && rows.isRewritten(first)) return from + 1
  let bytes = rows.end(first) - rows.start(first)
  let at = from + 1
  for (; at < end && at - from < RUN_ROWS && bytes < RUN_BYTES; at++) {
    const row = some[at]!
    if (rows.text(row) !== text || rows.placeNumber(row) !== place || rows.dayNumber(row) !== day) break
    if (hasRewritten && rows.isRewritten(row)) break
    bytes += rows.end(row) - rows.start(row)
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
function spanOf(rows: Rows, some: readonly number[], from: number, end: number): Span {
  const { tape } = rows.batch(some[from]!)!
  const span = { start: Number.MAX_SAFE_INTEGER, end: 0, tape: Number.MAX_SAFE_INTEGER, tapeEnd: 0, bytes: 0 }
  for (let i = from; i < end; i++) {
    const row = some[i]!
    const start = rows.start(row)
    const until = rows.end(row)
    const taped = rows.tape(row)
    if (start < span.start) span.start = start
    if (until > span.end) span.end = until
    if (taped < span.tape) span.tape = taped
    if (tape[taped]! > span.tapeEnd) span.tapeEnd = tape[taped]!
    span.bytes += until - start
  }
  return span
}

/**
 * Copies a run of rows, with what the tapes of their records point into, to the input.
 *
 * @returns where its `Run` and the first of its `RunRow`s lie
 */
function copyRun(memory: ColumnsMemory, rows: Rows, some: readonly number[], from: number, end: number, span: Span) {
  const first = some[from]!
  const batch = rows.batch(first)!
  const tape = batch.tape.subarray(span.tape, span.tapeEnd)
  /** Of a record that was rewritten, which is alone. */
  const rewritten = rows.isRewritten(first) ? rows.record(first) : undefined
  const text = rewritten?.typed ?? batch.raw.subarray(span.start, span.end)
  const textStart = rewritten?.typed ? 0 : span.start
  const document = rewritten && eventJsonBytes(batch, rewritten)
  const source = Buffer.from(rows.file(first).file.sourceId)
  const category = Buffer.from(rows.place(first).category)
  const words = RUN_WORDS + (end - from) * ROW_WORDS + tape.length
  const bytes = source.length + category.length + text.length + (document?.length ?? 0)
  const run = memory.wasm.inputOf(words * 4 + bytes)
  const rowsAt = run + RUN_WORDS * 4
  const tapeAt = run + (words - tape.length) * 4
  const sourceAt = run + words * 4
  const categoryAt = sourceAt + source.length
  const textAt = categoryAt + category.length
  const documentAt = textAt + text.length
  memory.words.set(tape, tapeAt >> 2)
  memory.bytes.set(source, sourceAt)
  memory.bytes.set(category, categoryAt)
  memory.bytes.set(text, textAt)
  if (document) memory.bytes.set(document, documentAt)
  memory.words.set([sourceAt, source.length, categoryAt, category.length, calendarDay(rows.day(first))], run >> 2)
  fillRows(memory, rowsAt, rows, some, from, end, batch.tape, textAt - textStart, tapeAt - span.tape * 4)
  if (document) memory.words.set([documentAt, document.length], (rowsAt >> 2) + 3)
  return { run, first: rowsAt }
}

/**
 * Fills in the `RunRow`s of rows of one text.
 *
 * @param tape of their text; @param base where its byte at position 0 would lie; @param tapeBase where the tape's number at position 0 would
 */
function fillRows(
  { words: to, numbers }: ColumnsMemory,
  first: number,
  { words, numbers: times }: Rows,
  some: readonly number[],
  from: number,
  end: number,
  tape: Int32Array,
  base: number,
  tapeBase: number,
): void {
  for (let i = from, at = first >> 2; i < end; i++, at += ROW_WORDS) {
    const row = some[i]! * RECORD_WORDS
    const taped = words[row + Word.tape]!
    const start = words[row + Word.start]!
    to[at] = base
    to[at + 1] = tapeBase + (taped + 1) * 4
    to[at + 2] = tapeBase + tape[taped]! * 4
    to[at + 3] = base + start
    to[at + 4] = words[row + Word.end]! - start
    to[at + 5] = words[row + Word.index]!
    numbers[(at + 6) >> 1] = times[row >> 1]!
  }
}

/** `yyyy-MM-dd` as the number yyyyMMdd. */
function calendarDay(day: string): number {
  return Number(day.slice(0, 4) + day.slice(5, 7) + day.slice(8))
}
