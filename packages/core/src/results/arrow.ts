import type { DataType, Field, RecordBatch, Schema } from 'apache-arrow'
import type { Chunk } from '../engine/stream.ts'
import type { Column } from '../engine/vectors.ts'
import type { LakeType } from '../schema/index.ts'
import { arrowData } from './arrow-data.ts'
import { memberNames } from './forms.ts'
import type { ResultField } from './rows.ts'

export type Arrow = typeof import('apache-arrow')

/** Loads apache-arrow on first use: it takes longer to load than most queries take to run. */
export function loadArrow(): Promise<Arrow> {
  return import('apache-arrow')
}

/**
 * The Arrow type of a Lake type.
 *
 * | Lake | Arrow |
 * | --- | --- |
 * | timestamp(p) | Timestamp without zone: ms to p 3, µs to p 6, else ns |
 * | timestamp(p) with time zone | Timestamp in UTC: the instant is kept, the zone's name is not |
 * | time(p) | Time32 ms to p 3, Time64 µs to p 6, else Time64 ns |
 * | interval day to second | Duration in ms |
 * | varchar, char, json, uuid, ipaddress, time with time zone, interval year to month | Utf8 |
 * | unknown | Null |
 */
export function arrowType(arrow: Arrow, type: LakeType): DataType {
  switch (type.kind) {
    case 'boolean':
      return new arrow.Bool()
    case 'tinyint':
      return new arrow.Int8()
    case 'smallint':
      return new arrow.Int16()
    case 'integer':
      return new arrow.Int32()
    case 'bigint':
      return new arrow.Int64()
    case 'real':
      return new arrow.Float32()
    case 'double':
      return new arrow.Float64()
    case 'decimal':
      return new arrow.Decimal(type.scale, type.precision, 128)
    case 'varbinary':
      return new arrow.Binary()
    case 'date':
      return new arrow.DateDay()
    case 'timestamp':
      return new arrow.Timestamp(unitOf(arrow, type.precision), type.withTimeZone ? 'UTC' : null)
    case 'time':
      if (type.withTimeZone) return new arrow.Utf8()
      return new arrow.Time(unitOf(arrow, type.precision), type.precision <= 3 ? 32 : 64)
    case 'interval day to second':
      return new arrow.DurationMillisecond()
    case 'unknown':
      return new arrow.Null()
    case 'array':
      return new arrow.List(arrow.Field.new({ name: 'item', type: arrowType(arrow, type.element), nullable: true }))
    case 'map': {
      const members = [
        arrow.Field.new({ name: 'key', type: arrowType(arrow, type.key), nullable: false }),
        arrow.Field.new({ name: 'value', type: arrowType(arrow, type.value), nullable: true }),
      ]
      return new arrow.Map_(
        arrow.Field.new({ name: 'entries', type: new arrow.Struct(members), nullable: false }) as never,
      )
    }
    case 'row': {
      const names = memberNames(type)
      return new arrow.Struct(
        type.fields.map((f, i) =>
          arrow.Field.new({ name: names[i] as string, type: arrowType(arrow, f.type), nullable: true }),
        ),
      )
    }
    default:
      return new arrow.Utf8()
  }
}

function unitOf(arrow: Arrow, precision: number) {
  const { TimeUnit } = arrow
  return precision <= 3 ? TimeUnit.MILLISECOND : precision <= 6 ? TimeUnit.MICROSECOND : TimeUnit.NANOSECOND
}

/**
 * Two columns with one label are told apart by a number, `a` and `a_1`: few readers take a label twice.
 *
 * @param same what labels that count as one have in common
 */
export function uniqueLabels(
  fields: readonly ResultField[],
  same: (label: string) => string = (label) => label,
): readonly string[] {
  const taken = new Set(fields.map((field) => same(field.name)))
  const seen = new Set<string>()
  return fields.map(({ name }) => {
    let label = name
    for (let n = 1; seen.has(same(label)) || (label !== name && taken.has(same(label))); n++) label = `${name}_${n}`
    seen.add(same(label))
    return label
  })
}

export function arrowSchema(arrow: Arrow, fields: readonly ResultField[]): Schema {
  const labels = uniqueLabels(fields)
  return new arrow.Schema(
    fields.map(
      ({ type }, i): Field =>
        arrow.Field.new({ name: labels[i] as string, type: arrowType(arrow, type), nullable: true }),
    ),
  )
}

/** One record batch of a chunk's rows; buffers are shared with the chunk where the layouts agree. */
export function arrowBatch(arrow: Arrow, schema: Schema, fields: readonly ResultField[], chunk: Chunk): RecordBatch {
  const children = fields.map(({ type }, i) =>
    arrowData(arrow, type, (schema.fields[i] as Field).type, chunk.columns[i] as Column),
  )
  const struct = arrow.makeData({ type: new arrow.Struct(schema.fields), length: chunk.length, nullCount: 0, children })
  return new arrow.RecordBatch(schema, struct as never)
}

/** Writes record batches as an Arrow IPC stream, one at a time: nothing is made before it is asked for. */
export async function* arrowStreamBytes(
  arrow: Arrow,
  schema: Schema,
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const empty = arrow.tableToIPC(new arrow.Table(schema), 'stream')
  const end = empty.subarray(empty.length - END_OF_STREAM)
  const head = empty.subarray(0, empty.length - END_OF_STREAM)
  yield head
  for await (const batch of batches) {
    // The writer frames a whole stream; of it, what stands between the schema and the end is the batch.
    const bytes = arrow.tableToIPC(new arrow.Table(schema, [batch]), 'stream')
    yield bytes.subarray(head.length, bytes.length - END_OF_STREAM)
  }
  yield end
}

/** A continuation marker and a length of zero. */
const END_OF_STREAM = 8
