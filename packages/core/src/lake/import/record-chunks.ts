import type { ChunkColumn, ChunkRows } from '../../engine/chunk-source.ts'
import { type BufferType, growVectorBuffer, type VectorBuffer } from '../../engine/vector-buffer.ts'
import { ESCAPED, LENGTH_SHIFT, NODE_MASK, NodeKind, type RecordNode } from '../../events/index.ts'
import type { Row } from './batch-state.ts'
import { createSharedTexts } from './shared-texts.ts'
import { assignTexts, NOWHERE } from './text-stretches.ts'

/** The columns that `recordChunks` fills, in this order: the record, its text, the id of its file and its position there. */
export function recordChunkColumns(tree: RecordNode): readonly ChunkColumn[] {
  return [
    { name: 'record', type: bufferType(tree) },
    { name: 'text', type: { kind: 'varchar' } },
    { name: 'source', type: { kind: 'varchar' } },
    { name: 'index', type: { kind: 'bigint' } },
  ]
}

function bufferType(node: RecordNode): BufferType {
  switch (node.kind) {
    case NodeKind.struct:
      return { kind: 'struct', members: node.children.map((child) => ({ name: child.name, type: bufferType(child) })) }
    case NodeKind.list:
      return { kind: 'list', element: bufferType(node.children[0]!) }
    case NodeKind.map:
      return { kind: 'map' }
    case NodeKind.boolean:
      return { kind: 'boolean' }
    case NodeKind.timestamp:
      return { kind: 'timestamp' }
    default:
      return { kind: 'varchar' }
  }
}

/** The owner of nodes that lie in no list: their values stand at the row's own position. */
const ROW = 0

/**
 * Makes what fills chunks from the tapes of records: each value goes from the record's bytes, where the tape says, into its
 * column.
 */
export function createRecordChunks(tree: RecordNode): (rows: readonly Row[]) => ChunkRows {
  const kinds: number[] = []
  /** By node: the list or map whose elements its values belong to, or ROW. */
  const owners: number[] = []
  const isElement: boolean[] = []
  const nodes: RecordNode[] = []
  function learn(node: RecordNode, owner: number, element: boolean): void {
    kinds[node.id] = node.kind
    owners[node.id] = owner
    isElement[node.id] = element
    nodes[node.id] = node
    const isList = node.kind === NodeKind.list || node.kind === NodeKind.map
    for (const child of node.children) learn(child, isList ? node.id : owner, isList)
  }
  learn(tree, ROW, false)
  /** By owner: where values stand now. */
  const positions = new Int32Array(nodes.length)
  const shared = createSharedTexts()
  let buffers: VectorBuffer[] = []

  function bind(node: RecordNode, buffer: VectorBuffer): void {
    buffers[node.id] = buffer
    node.children.forEach((child, i) => {
      bind(child, buffer.children[i]!)
    })
  }

  /** The position of a list's or map's next element. */
  function nextElement(owner: number): number {
    const list = buffers[owner]!
    const at = list.elements++
    for (const child of list.children) if (at >= child.capacity) growVectorBuffer(child, child.capacity * 2)
    positions[owner] = at
    return at
  }

  /** @param address where the byte at position 0 of the text of the row's batch would lie, or NOWHERE */
  function fillRow(row: Row, position: number, address: number): void {
    const batch = row.batch!
    const { record } = row
    const { tape } = batch
    const bytes = record.typed ?? batch.raw
    const view = shared.viewOf(bytes)
    const isThere = record.typed === null && address !== NOWHERE
    positions[ROW] = position
    const end = tape[record.tape]!
    for (let t = record.tape + 1; t < end; t += 2) {
      const head = tape[t]!
      const value = tape[t + 1]!
      const node = head & NODE_MASK
      const buffer = buffers[node]!
      const owner = owners[node]!
      switch (kinds[node]) {
        case NodeKind.varchar: {
          // A map's key begins its next element.
          const isKey = isElement[node]! && node === owner + 1
          const at = isKey ? nextElement(owner) : positions[owner]!
          setValid(buffer, at)
          const length = head >>> LENGTH_SHIFT
          if ((head & ESCAPED) !== 0) shared.putEscaped(buffer, at, bytes, value, length)
          else if (length <= 12) putShort(buffer.words, at * 4, view, value, length)
          else if (isThere) putLong(buffer.words, at * 4, view.getInt32(value, true), length, address + value)
          else shared.put(buffer, at, bytes, value, length)
          break
        }
        case NodeKind.boolean: {
          const at = positions[owner]!
          setValid(buffer, at)
          buffer.bytes[at] = value
          break
        }
        case NodeKind.timestamp: {
          const at = positions[owner]!
          setValid(buffer, at)
          t += 2
          putNumber(buffer.words, at * 2, (value * 86_400_000 + tape[t + 1]!) * 1000)
          break
        }
        case NodeKind.struct: {
          const at = isElement[node] ? nextElement(owner) : positions[owner]!
          if (value === 1) setValid(buffer, at)
          break
        }
        default: {
          const at = positions[owner]!
          setValid(buffer, at)
          buffer.words[at * 4] = buffer.elements
          buffer.words[at * 4 + 2] = value
        }
      }
    }
  }

  function fillText(text: VectorBuffer, row: Row, position: number, address: number): void {
    const { batch, record } = row
    setValid(text, position)
    if (record.compact) shared.put(text, position, record.compact, 0, record.compact.length)
    else if (address === NOWHERE || record.typed) {
      shared.put(text, position, batch!.raw, record.start, record.end - record.start)
    } else {
      const prefix = shared.viewOf(batch!.raw).getInt32(record.start, true)
      putLong(text.words, position * 4, prefix, record.end - record.start, address + record.start)
    }
  }

  return (rows) => ({
    rowCount: rows.length,
    fill(chunk, start, count) {
      const [record, text, source, index] = chunk.buffers as readonly [
        VectorBuffer,
        VectorBuffer,
        VectorBuffer,
        VectorBuffer,
      ]
      buffers = []
      bind(tree, record)
      const addressOf = assignTexts(chunk, rows, start, count)
      for (let i = 0; i < count; i++) {
        const row = rows[start + i]!
        const address = addressOf(row.batch!)
        setValid(record, i)
        fillRow(row, i, address)
        fillText(text, row, i, address)
        setValid(source, i)
        shared.putRepeated(source, i, row.file.file.sourceId)
        setValid(index, i)
        putNumber(index.words, i * 2, row.record.index)
      }
      shared.flush((bytes) => chunk.assign(bytes))
    },
  })
}

function setValid(buffer: VectorBuffer, at: number): void {
  buffer.valid[at >> 3]! |= 1 << (at & 7)
  buffer.validRows++
}

/** A whole number of up to 53 bits. */
function putNumber(words: Int32Array, word: number, value: number): void {
  words[word] = value | 0
  words[word + 1] = Math.floor(value / 4_294_967_296)
}

/** A text of more than 12 bytes: its first four and where it lies. */
function putLong(words: Int32Array, word: number, prefix: number, length: number, address: number): void {
  words[word] = length
  words[word + 1] = prefix
  words[word + 2] = address | 0
  words[word + 3] = (address / 4_294_967_296) | 0
}

/** Of four bytes the first n. */
const FIRST_BYTES = [0, 0xff, 0xffff, 0xffffff, -1]

/** A text of up to 12 bytes, which its 16 hold themselves, zero behind it. */
function putShort(words: Int32Array, word: number, view: DataView, start: number, length: number): void {
  words[word] = length
  if (start + 12 > view.byteLength) {
    const bytes = new Uint8Array(words.buffer, words.byteOffset + word * 4 + 4, 12)
    for (let i = 0; i < length; i++) bytes[i] = view.getUint8(start + i)
    return
  }
  words[word + 1] = length >= 4 ? view.getInt32(start, true) : view.getInt32(start, true) & FIRST_BYTES[length]!
  if (length > 4) {
    words[word + 2] =
      length >= 8 ? view.getInt32(start + 4, true) : view.getInt32(start + 4, true) & FIRST_BYTES[length - 4]!
    if (length > 8) words[word + 3] = view.getInt32(start + 8, true) & FIRST_BYTES[length - 8]!
  }
}
