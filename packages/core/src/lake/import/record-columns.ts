import { TraillakeError } from '../../errors/index.ts'
import { NodeKind, type RecordNode } from '../../events/index.ts'
import type { Column, ParquetNode, ParquetWriter } from '../../parquet/index.ts'
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
  /** Puts a row, whose record has a tape, at a slot. */
  put(row: Row, slot: number): void
}

/** @param writer of the columns of `recordColumnNodes`; it fills those of no other tree */
export function createRecordColumns(
  schema: LayoutName,
  tree: RecordNode,
  { columns, memory }: Pick<ParquetWriter, 'columns' | 'memory'>,
): RecordColumns {
  const { wasm } = memory
  const named = new Map(columns.map((column) => [column.node.name, column]))
  const columnOf = (name: string) => named.get(name)!
  const document = columnOf('eventjson')
  const source = createRepeatedText(columnOf('_source'))
  const index = columnOf('_record')
  const day = columnOf('calendarday')
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
  const categoryText = category && createRepeatedText(category.column)

  function putTape({ batch, record }: Row, slot: number): void {
    const { tape } = batch!
    const bytes = record.typed ?? batch!.raw
    const [start, end] = record.typed ? [0, record.typed.length] : [record.start, record.end]
    const from = record.tape + 1
    const numbers = tape[record.tape]! - from
    const at = wasm.inputOf(numbers * 4 + end - start)
    const text = at + numbers * 4
    // A hundred numbers are copied sooner than views of them are made.
    const { words } = memory
    for (let i = 0; i < numbers; i++) words[(at >> 2) + i] = tape[from + i]!
    memory.bytes.set(bytes.subarray(start, end), text)
    if (wasm.putRecord(slot, text - start, at, text, timeNode, record.eventTimeMs) === 0) {
      throw new TraillakeError('GENERIC_INTERNAL_ERROR', {
        message: `the time of a record is not the one that decided its place: ${record.eventTimeMs} ms`,
      })
    }
  }

  function putDocument({ batch, record }: Row, slot: number): void {
    document.fill(slot)
    if (record.compact) document.documents!.add(record.compact, 0, record.compact.length)
    else document.documents!.add(batch!.raw, record.start, record.end - record.start)
  }

  return {
    put(row, slot) {
      putTape(row, slot)
      putDocument(row, slot)
      source(slot, row.file.file.sourceId)
      categoryText?.(slot, row.record.category)
      index.fill(slot)
      index.addNumber(row.record.index)
      day.fill(slot)
      day.addNumber(calendarDay(row.day))
    },
  }
}

/** Adds texts of which most are the one before. */
function createRepeatedText(column: Column): (slot: number, text: string) => void {
  let last: string | undefined
  return (slot, text) => {
    column.fill(slot)
    if (text === last && column.repeatText()) return
    last = text
    column.addText(Buffer.from(text))
  }
}

/** `yyyy-MM-dd` as the number yyyyMMdd. */
function calendarDay(day: string): number {
  return Number(day.slice(0, 4) + day.slice(5, 7) + day.slice(8))
}
