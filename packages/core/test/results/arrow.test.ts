import { spawnSync } from 'node:child_process'
import { type RecordBatch, type Table, tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openQueryEngine, type QueryEngine } from '../../src/engine/query-engine.ts'
import { arrowBatch, arrowSchema, arrowStreamBytes, loadArrow } from '../../src/results/arrow.ts'
import { fits } from '../../src/results/fits.ts'
import type { ResultField } from '../../src/results/rows.ts'
import * as t from '../../src/schema/index.ts'
import { formatType } from '../../src/schema/index.ts'
import { type TypeCase, typeCases } from './type-cases.ts'

let engine: QueryEngine
beforeAll(async () => {
  engine = await openQueryEngine({ allowedDirectories: [], memoryBytes: 1 << 30 })
})
afterAll(() => engine.close())

async function streamOf(
  sql: string,
  fields: readonly ResultField[],
): Promise<{ bytes: Buffer; schema: Table['schema'] }> {
  const arrow = await loadArrow()
  const schema = arrowSchema(arrow, fields)
  const result = await engine.execute({ sql, views: [] })
  expect(fields.map((f, i) => fits(f.type, result.types[i]!))).not.toContain(false)
  async function* batches(): AsyncGenerator<RecordBatch> {
    for await (const chunk of result.chunks()) yield arrowBatch(arrow, schema, fields, chunk)
  }
  const parts: Uint8Array[] = []
  for await (const part of arrowStreamBytes(arrow, schema, batches())) parts.push(part)
  return { bytes: Buffer.concat(parts), schema }
}

/** What Arrow's reader gives, in the words of the type cases: times in Trino's text are compared by the instant they name. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  const { toJSON } = value as { toJSON?: () => unknown }
  const inner =
    Symbol.iterator in value && !toJSON ? [...(value as Iterable<unknown>)] : toJSON ? toJSON.call(value) : value
  return Array.isArray(inner)
    ? inner.map(plain)
    : Object.fromEntries(Object.entries(inner as object).map(([k, v]) => [k, plain(v)]))
}

/** Arrow's scalar of a column back in Trino's text, where the case's `arrow` is text. */
function asText(c: TypeCase, value: unknown): unknown {
  const lake = c.type
  if (lake.kind === 'decimal') {
    const [a, b, d, e] = [0, 1, 2, 3].map((i) => BigInt((value as Uint32Array)[i] as number)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ]
    const unscaled = BigInt.asIntN(128, a | (b << 32n) | (d << 64n) | (e << 96n))
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(lake.scale + 1, '0')
    const point = lake.scale === 0 ? digits : `${digits.slice(0, -lake.scale)}.${digits.slice(-lake.scale)}`
    return unscaled < 0n ? `-${point}` : point
  }
  return plain(value)
}

describe('every type, read back by apache-arrow', () => {
  // Dates and times are compared as raw counts below. The reader's own objects cannot hold a key `__proto__`.
  const cases = typeCases.filter(
    ({ type, sql }) =>
      !sql.includes('__proto__') &&
      !['date', 'time', 'timestamp'].includes(type.kind) &&
      !formatType(type).includes('date'),
  )
  test.each(cases.map((c) => [formatType(c.type), c.sql.slice(0, 60), c] as const))(
    '%s: %s',
    async (_type, _sql, c) => {
      const fields = [{ name: 'c', type: c.type }]
      const sql = `SELECT CASE WHEN range % 3 = 1 THEN ${c.sql} END FROM range(2050)`
      const table = tableFromIPC((await streamOf(sql, fields)).bytes)
      const column = table.getChildAt(0)
      if (!column) throw new Error('a column')
      expect([column.length, column.nullCount]).toEqual([2050, 1367])
      for (const i of [1, 4, 2047, 2049]) {
        const value = column.get(i)
        if (i % 3 === 1) expect(asText(c, value)).toEqual(c.arrow)
        else expect(value).toBeNull()
      }
    },
  )

  test('times are counts in the unit of their precision', async () => {
    const at = "TIMESTAMP '1969-12-31 23:59:58.123456'"
    const cases = [
      [t.DATE, "DATE '1969-12-31'", 'Date32<DAY>', [-1]],
      [t.timestamp(0), at, 'Timestamp<MILLISECOND>', [-1877n]],
      [t.timestamp(3), at, 'Timestamp<MILLISECOND>', [-1877n]],
      [t.timestamp(3), "TIMESTAMP '290000-01-01 00:00:00'", 'Timestamp<MILLISECOND>', [9089348860800000n]],
      [t.timestamp(6), at, 'Timestamp<MICROSECOND>', [-1876544n]],
      [t.timestamp(9), `${at}::TIMESTAMP_NS`, 'Timestamp<NANOSECOND>', [-1876544000n]],
      [t.timestamp(9), at, 'Timestamp<NANOSECOND>', [-1876544000n]],
      [t.timestamp(3, true), `{'t': ${at}, 'z': 'Asia/Tokyo'}`, 'Timestamp<MILLISECOND, UTC>', [-1877n]],
      [t.timestamp(6, true), `{'t': ${at}, 'z': 'UTC'}`, 'Timestamp<MICROSECOND, UTC>', [-1876544n]],
      [t.time(3), "TIME '23:59:59.999'", 'Time32<MILLISECOND>', [86399999]],
      [t.time(6), "TIME '23:59:59.999999'", 'Time64<MICROSECOND>', [86399999999n]],
      [t.time(9), "'23:59:59.999999999'::TIME_NS", 'Time64<NANOSECOND>', [86399999999999n]],
      [t.INTERVAL_DAY_SECOND, '(-5)::BIGINT', 'Duration<MILLISECOND>', [-5n]],
    ] as const
    for (const [type, sql, name, raw] of cases) {
      const { bytes } = await streamOf(`SELECT ${sql}`, [{ name: 'c', type }])
      const [data] = tableFromIPC(bytes).getChildAt(0)?.data ?? []
      expect([formatType(type), String(data?.type), [...(data?.values ?? [])].slice(0, 1)]).toEqual([
        formatType(type),
        name,
        raw,
      ])
    }
  })

  test('a result without rows is a stream with its schema', async () => {
    const fields = typeCases.map(({ type }, i) => ({ name: `c${i}`, type }))
    const { bytes } = await streamOf(`SELECT ${typeCases.map((c) => c.sql).join(', ')} WHERE false`, fields)
    const table = tableFromIPC(bytes)
    expect([table.numRows, table.schema.fields.length]).toEqual([0, typeCases.length])
  })

  test('columns may share a label', async () => {
    const fields = [
      { name: 'same', type: t.BIGINT },
      { name: 'same', type: t.VARCHAR },
      { name: 'same_1', type: t.BIGINT },
    ]
    const table = tableFromIPC((await streamOf("SELECT 1::BIGINT, 'a', 2::BIGINT FROM range(5000)", fields)).bytes)
    expect(table.numRows).toBe(5000)
    expect(table.schema.fields.map((f) => f.name)).toEqual(['same', 'same_2', 'same_1'])
    expect([0, 1, 2].map((i) => table.getChildAt(i)?.get(4999))).toEqual([1n, 'a', 2n])
  })
})

const python = process.env.TRAILLAKE_PYTHON ?? 'python3'
const hasPyarrow = spawnSync(python, ['-c', 'import pyarrow']).status === 0
if (!hasPyarrow) console.warn('skipped: no python with pyarrow to read the Arrow streams (set TRAILLAKE_PYTHON)')

test.skipIf(!hasPyarrow)('pyarrow validates the stream in full', async () => {
  const fields = [...typeCases.map(({ type }, i) => ({ name: `c${i}`, type })), { name: 'none', type: t.UNKNOWN }]
  const columns = [...typeCases.map((c) => `CASE WHEN range % 3 = 1 THEN ${c.sql} END`), 'NULL']
  const { bytes } = await streamOf(`SELECT ${columns.join(', ')} FROM range(3000)`, fields)
  const script = `
import sys, pyarrow as pa
table = pa.ipc.open_stream(sys.stdin.buffer.read()).read_all()
table.validate(full=True)
print(table.num_rows, table.num_columns, table.column(0).null_count)`
  const child = spawnSync(python, ['-c', script], { input: bytes, maxBuffer: 1 << 28 })
  expect(child.stderr.toString()).toBe('')
  expect(child.stdout.toString().trim()).toBe(`3000 ${fields.length} 2000`)
})
