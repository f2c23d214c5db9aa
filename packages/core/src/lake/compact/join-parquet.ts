import { type FileHandle, open } from 'node:fs/promises'
import { I32, I64 } from '../../parquet/thrift-types.ts'
import { readFooterBytes } from './footer-bytes.ts'
import { readThrift, type ThriftList, type ThriftStruct, type ThriftValue, writeThrift } from './thrift.ts'

const MAGIC = Buffer.from('PAR1')
const COPY_BYTES = 1 << 20

/** Numbers of the fields of Parquet's footer that change or are looked at. */
const FILE = { schema: 2, rows: 3, rowGroups: 4 } as const
const ROW_GROUP = { columns: 1, fileOffset: 5, ordinal: 7 } as const
const CHUNK = { path: 1, fileOffset: 2, metadata: 3, offsetIndex: 4, columnIndex: 6, encryption: 8 } as const
const COLUMN = { dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14 } as const

/**
 * Joins Parquet files of one schema into one, row groups as they are: nothing is decompressed, only the places that the footer
 * names are moved. The parts must have been written by this process a moment ago.
 *
 * @returns the size of the file
 * Errors: TypeError where a part is no Parquet file, has another schema or what cannot be moved (page indexes, encryption).
 */
export async function joinParquet(parts: readonly string[], path: string): Promise<number> {
  const out = await open(path, 'wx')
  try {
    let end = await append(out, 0, MAGIC)
    let first: ThriftStruct | undefined
    let schema: Buffer | undefined
    let rows = 0n
    const groups: ThriftValue[] = []
    for (const part of parts) {
      const input = await open(part, 'r')
      try {
        const { footer, dataEnd } = await readFooter(input)
        const ownSchema = writeThrift(new Map([[FILE.schema, field(footer, FILE.schema)]]))
        if (schema && !schema.equals(ownSchema)) throw new TypeError(`${part} has another schema`)
        const shift = BigInt(end - MAGIC.length)
        for (const group of list(footer, FILE.rowGroups).items) {
          moveRowGroup(group.value as ThriftStruct, shift, groups.length)
          groups.push(group)
        }
        rows += number(footer, FILE.rows)
        end = await copyBytes(input, MAGIC.length, dataEnd, out, end)
        first ??= footer
        schema ??= ownSchema
      } finally {
        await input.close()
      }
    }
    if (!first) throw new TypeError('there is nothing to join')
    first.set(FILE.rows, { type: I64, value: rows })
    const { type, value } = field(first, FILE.rowGroups)
    first.set(FILE.rowGroups, { type, value: { ...(value as ThriftList), items: groups } })
    const footer = writeThrift(first)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(footer.length)
    return await append(out, end, Buffer.concat([footer, length, MAGIC]))
  } finally {
    await out.close()
  }
}

async function readFooter(file: FileHandle): Promise<{ footer: ThriftStruct; dataEnd: number }> {
  const head = await readBytes(file, 0, MAGIC.length)
  if (!head.equals(MAGIC)) throw new TypeError('no Parquet file')
  const { bytes, dataEnd } = readFooterBytes(file.fd)
  return { footer: readThrift(bytes), dataEnd }
}

/** Every place in a file that a row group names lies `shift` bytes further on. */
function moveRowGroup(group: ThriftStruct, shift: bigint, ordinal: number): void {
  move(group, ROW_GROUP.fileOffset, shift)
  if (group.has(ROW_GROUP.ordinal)) group.set(ROW_GROUP.ordinal, { type: 4, value: BigInt(ordinal) })
  for (const { value } of list(group, ROW_GROUP.columns).items) {
    const chunk = value as ThriftStruct
    for (const name of ['path', 'offsetIndex', 'columnIndex', 'encryption'] as const) {
      if (chunk.has(CHUNK[name])) throw new TypeError(`a column chunk with ${name} cannot be moved`)
    }
    move(chunk, CHUNK.fileOffset, shift)
    const metadata = field(chunk, CHUNK.metadata).value as ThriftStruct
    for (const place of Object.values(COLUMN)) move(metadata, place, shift)
  }
}

/** 0 stands for "not told" and stays. */
function move(struct: ThriftStruct, id: number, shift: bigint): void {
  const found = struct.get(id)
  if (found && found.value !== 0n) struct.set(id, { type: found.type, value: (found.value as bigint) + shift })
}

function field(struct: ThriftStruct, id: number): ThriftValue {
  const found = struct.get(id)
  if (!found) throw new TypeError(`a Parquet footer lacks field ${id}`)
  return found
}

function list(struct: ThriftStruct, id: number): ThriftList {
  return field(struct, id).value as ThriftList
}

function number(struct: ThriftStruct, id: number): bigint {
  const { type, value } = field(struct, id)
  if (type !== I64 && type !== I32) throw new TypeError(`field ${id} of a Parquet footer is no number`)
  return value as bigint
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

async function copyBytes(from: FileHandle, start: number, end: number, to: FileHandle, at: number): Promise<number> {
  let place = at
  for (let position = start; position < end; ) {
    const bytes = await readBytes(from, position, Math.min(COPY_BYTES, end - position))
    if (bytes.length === 0) throw new TypeError('a file ends before its footer says so')
    place = await append(to, place, bytes)
    position += bytes.length
  }
  return place
}

async function append(file: FileHandle, at: number, bytes: Buffer): Promise<number> {
  await file.writeFile(bytes)
  return at + bytes.length
}
