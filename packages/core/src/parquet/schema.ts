import { createThriftWriter, type ThriftWriter } from './compact-protocol.ts'

/** A column, or what lies in one. A struct has its members as children, a list its element, a map its key and its value. */
export interface ParquetNode {
  readonly name: string
  /** `document`: large texts of which hardly two are equal, a column by itself, never NULL; no dictionary is tried, and no bounds are kept. */
  readonly kind: 'text' | 'document' | 'boolean' | 'timestamp' | 'integer' | 'struct' | 'list' | 'map'
  readonly children: readonly ParquetNode[]
}

/** Physical types. */
export const PhysicalType = { boolean: 0, int64: 2, byteArray: 6 } as const

export function physicalTypeOf({ kind }: ParquetNode): number {
  return kind === 'boolean'
    ? PhysicalType.boolean
    : kind === 'text' || kind === 'document'
      ? PhysicalType.byteArray
      : PhysicalType.int64
}

const REQUIRED = 0
const OPTIONAL = 1
const REPEATED = 2
const ConvertedType = { utf8: 0, map: 1, list: 3, timestampMicros: 10, int64: 18 } as const
const ELEMENT = { type: 1, repetition: 3, name: 4, children: 5, converted: 6, logical: 10 } as const
const FILE = { version: 1, schema: 2 } as const
/** The last field that `footerHead` writes. */
export const HEAD_END = FILE.schema

interface SchemaElement {
  readonly name: string
  readonly repetition?: number
  readonly children?: number
  readonly type?: number
  readonly converted?: number
  readonly isTimestamp?: boolean
}

/** The first fields of a footer: its version, and the schema of these columns as DuckDB describes the same ones. */
export function footerHead(columns: readonly ParquetNode[]): Buffer {
  const elements: SchemaElement[] = [{ name: 'duckdb_schema', repetition: REQUIRED, children: columns.length }]
  for (const column of columns) describe(column, OPTIONAL, elements)
  const writer = createThriftWriter()
  writer.i32(FILE.version, 1)
  writer.structs(FILE.schema, elements, (element) => putElement(writer, element))
  return writer.fields()
}

/** What lies between a list or a map and what it holds. */
export function wrapperOf(node: ParquetNode): string {
  return node.kind === 'list' ? 'list' : 'key_value'
}

function describe(node: ParquetNode, repetition: number, elements: SchemaElement[]): void {
  const { name, kind, children } = node
  switch (kind) {
    case 'struct':
      elements.push({ name, repetition, children: children.length })
      for (const child of children) describe(child, OPTIONAL, elements)
      break
    case 'list':
    case 'map':
      elements.push({ name, repetition, children: 1, converted: ConvertedType[kind] })
      elements.push({ name: wrapperOf(node), repetition: REPEATED, children: children.length })
      children.forEach((child, i) => {
        describe(child, kind === 'map' && i === 0 ? REQUIRED : OPTIONAL, elements)
      })
      break
    case 'timestamp':
      elements.push({
        name,
        repetition,
        type: physicalTypeOf(node),
        converted: ConvertedType.timestampMicros,
        isTimestamp: true,
      })
      break
    default: {
      const converted = kind === 'integer' ? ConvertedType.int64 : kind === 'boolean' ? undefined : ConvertedType.utf8
      elements.push({ name, repetition, type: physicalTypeOf(node), ...(converted === undefined ? {} : { converted }) })
    }
  }
}

function putElement(writer: ThriftWriter, element: SchemaElement): void {
  if (element.type !== undefined) writer.i32(ELEMENT.type, element.type)
  if (element.repetition !== undefined) writer.i32(ELEMENT.repetition, element.repetition)
  writer.binary(ELEMENT.name, Buffer.from(element.name))
  if (element.children !== undefined) writer.i32(ELEMENT.children, element.children)
  if (element.converted !== undefined) writer.i32(ELEMENT.converted, element.converted)
  if (element.isTimestamp) {
    // Of the union of logical types the eighth; its unit is the second of three. It has no zone.
    writer.struct(ELEMENT.logical, () =>
      writer.struct(8, () => {
        writer.bool(1, false)
        writer.struct(2, () => writer.struct(2, () => undefined))
      }),
    )
  }
}
