import { TraillakeError } from '../../errors/index.ts'
import { copyUnescaped, ESCAPED, LENGTH_SHIFT, NODE_MASK, NodeKind, type RecordNode } from '../../events/index.ts'
import type { Column, ParquetNode } from '../../parquet/index.ts'
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

/** @param columns those of `recordColumnNodes` */
export function createRecordColumns(schema: LayoutName, tree: RecordNode, columns: readonly Column[]): RecordColumns {
  const named = new Map(columns.map((column) => [column.node.name, column]))
  const columnOf = (name: string) => named.get(name)!
  const document = columnOf('eventjson')
  const time = columnOf('eventtime')
  const source = columnOf('_source')
  const index = columnOf('_record')
  const day = columnOf('calendarday')
  const kinds: number[] = []
  /** By node: the list or map whose elements its values belong to, or ROW; is it an element itself, or its key; its column. */
  const owners: number[] = []
  const isElement: boolean[] = []
  const byNode: Column[] = []
  /** By node: the hidden column that repeats it. */
  const repeats: (Column | undefined)[] = []
  function learn(node: RecordNode, owner: number, element: boolean, of: Column): void {
    kinds[node.id] = node.kind
    owners[node.id] = owner
    isElement[node.id] = element
    byNode[node.id] = of
    const isList = node.kind === NodeKind.list || node.kind === NodeKind.map
    node.children.forEach((child, i) => {
      learn(child, isList ? node.id : owner, isList && i === 0, of.children[i]!)
    })
  }
  const parsed = layouts[schema].columns.filter(({ json }) => json !== '')
  tree.children.forEach((child, i) => {
    learn(child, ROW, false, columnOf(parsed[i]!.name))
    if (parsed[i]!.json !== 'userIdentity') return
    for (const { id, name } of child.children) {
      if (name === 'accesskeyid' || name === 'arn') repeats[id] = columnOf(`_${name}`)
    }
  })
  /** It is computed where the record has none. */
  const categoryAt = parsed.findIndex(({ json }) => json === 'eventCategory')
  const categoryNode = categoryAt === -1 ? -1 : tree.children[categoryAt]!.id
  const category = categoryAt === -1 ? undefined : columnOf(parsed[categoryAt]!.name)
  /** By owner: the slot that values go to now. */
  const slots = new Int32Array(byNode.length + 1)
  const views = createViews()
  const known = createKnownTexts()

  function putText(column: Column, slot: number, bytes: Buffer, view: DataView, head: number, start: number): void {
    column.fill(slot)
    const length = head >>> LENGTH_SHIFT
    if ((head & ESCAPED) === 0) column.texts!.add(bytes, view, start, length)
    else {
      const plain = views.scratch(length)
      const end = copyUnescaped(bytes, start, start + length, plain, 0)
      column.texts!.add(plain, views.of(plain), 0, end)
    }
  }

  function putTape({ batch, record }: Row, slot: number): void {
    const { tape } = batch!
    const bytes = record.typed ?? batch!.raw
    const view = views.of(bytes)
    slots[ROW] = slot
    const end = tape[record.tape]!
    for (let t = record.tape + 1; t < end; t += 2) {
      const head = tape[t]!
      const value = tape[t + 1]!
      const node = head & NODE_MASK
      const owner = owners[node]!
      const column = byNode[node]!
      // A list's element, or a map's key, begins the next slot of what lies in there.
      if (isElement[node]) slots[owner] = byNode[owner]!.elements++
      const at = slots[owner]!
      switch (kinds[node]) {
        case NodeKind.varchar:
          if (node === categoryNode) break
          putText(column, at, bytes, view, head, value)
          if (repeats[node]) putText(repeats[node], at, bytes, view, head, value)
          break
        case NodeKind.boolean:
          column.fill(at)
          column.flags!.add(value === 1)
          break
        case NodeKind.timestamp: {
          t += 2
          const ms = value * 86_400_000 + tape[t + 1]!
          if (column === time && ms !== record.eventTimeMs) throw timesDiffer(record.eventTimeMs, ms)
          column.fill(at)
          column.numbers!.add(ms)
          break
        }
        case NodeKind.struct:
          if (value === 1) column.fill(at)
          break
        default:
          column.fillList(at, value)
      }
    }
  }

  function putDocument({ batch, record }: Row, slot: number): void {
    document.fill(slot)
    if (record.compact) document.documents!.add(record.compact, 0, record.compact.length)
    else document.documents!.add(batch!.raw, record.start, record.end - record.start)
  }

  function putKnown(column: Column, slot: number, text: string): void {
    const bytes = known(text)
    column.fill(slot)
    column.texts!.add(bytes, views.of(bytes), 0, bytes.length)
  }

  return {
    put(row, slot) {
      putTape(row, slot)
      putDocument(row, slot)
      putKnown(source, slot, row.file.file.sourceId)
      if (category) putKnown(category, slot, row.record.category)
      index.fill(slot)
      index.numbers!.add(row.record.index)
      day.fill(slot)
      day.numbers!.add(calendarDay(row.day))
    },
  }
}

/** `yyyy-MM-dd` as the number yyyyMMdd. */
function calendarDay(day: string): number {
  return Number(day.slice(0, 4) + day.slice(5, 7) + day.slice(8))
}

/** Views of the bytes that texts lie in: many lie in the same. */
function createViews() {
  const views = new WeakMap<Uint8Array, DataView>()
  let lastBytes: Uint8Array | undefined
  let lastView: DataView | undefined
  let room = Buffer.alloc(1024)
  return {
    of(bytes: Uint8Array): DataView {
      if (bytes === lastBytes) return lastView!
      lastView = views.get(bytes)
      if (!lastView) {
        lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
        views.set(bytes, lastView)
      }
      lastBytes = bytes
      return lastView
    },
    scratch(length: number): Buffer {
      if (room.length < length) room = Buffer.alloc(length * 2)
      return room
    },
  }
}

/** Texts that come again and again, as bytes. */
function createKnownTexts(): (text: string) => Buffer {
  let known = new Map<string, Buffer>()
  return (text) => {
    let bytes = known.get(text)
    if (!bytes) {
      if (known.size > 10_000) known = new Map()
      bytes = Buffer.from(text)
      known.set(text, bytes)
    }
    return bytes
  }
}

/** Of a row whose time is not the one that the scan found: it would lie in a file whose statistics exclude it. */
function timesDiffer(scanned: number, typed: number): TraillakeError {
  return new TraillakeError('GENERIC_INTERNAL_ERROR', {
    message: `the time of a record is ${typed} and not ${scanned} ms since 1970`,
  })
}
