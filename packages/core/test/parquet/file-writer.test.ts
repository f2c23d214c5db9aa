import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import { recordSql, recordTree } from '../../src/events/index.ts'
import { recordColumnNodes } from '../../src/lake/import/record-columns.ts'
import { createParquetWriter, loadZstd, type ParquetNode } from '../../src/parquet/index.ts'
import { type LayoutName, layouts } from '../../src/schema/index.ts'
import { useConnection } from '../engine/connection.ts'
import { fill, type Value } from './fill.ts'

/*
 * What is written must come back, cell by cell, from readers that are not ours.
 */

const engine = useConnection()
const { folder } = engine

let files = 0

async function write(nodes: readonly ParquetNode[], groups: readonly (readonly Record<string, Value>[])[]) {
  const writer = createParquetWriter(nodes, await loadZstd())
  const path = join(folder, `${files++}.parquet`)
  writer.open(path)
  for (const rows of groups) {
    rows.forEach((row, slot) => {
      for (const column of writer.columns) fill(column, slot, row[column.node.name]!)
    })
    writer.flush(rows.length)
  }
  return { path, written: writer.close() }
}

async function query(sql: string): Promise<readonly unknown[]> {
  return (await engine.connection.runAndReadAll(sql)).getRowObjectsJson()
}

/** As DuckDB's `to_json` prints a value of a node. */
function jsonOf({ kind, children }: ParquetNode, value: Value): unknown {
  if (value === null) return null
  switch (kind) {
    case 'struct':
      return Object.fromEntries(
        children.map((child) => [child.name, jsonOf(child, (value as Record<string, Value>)[child.name]!)]),
      )
    case 'list':
      return (value as readonly Value[]).map((item) => jsonOf(children[0]!, item))
    case 'map':
      return Object.fromEntries(
        [...(value as Map<string, Value>)].map(([key, item]) => [key, jsonOf(children[1]!, item)]),
      )
    case 'timestamp':
      // Milliseconds since 1970: `to_json` cuts zeroes from instants.
      return value
    default:
      return value
  }
}

/** Instants as milliseconds, through all that they lie in. */
function readable(node: ParquetNode, sql: string): string {
  const { kind, children } = node
  if (kind === 'timestamp') return `epoch_ms(${sql})`
  if (kind === 'struct') {
    const members = children.map((child) => `"${child.name}" := ${readable(child, `${sql}."${child.name}"`)}`)
    return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`
  }
  if (kind === 'list') return `list_transform(${sql}, lambda x: ${readable(children[0]!, 'x')})`
  return sql
}

const leaf = fc.constantFrom('text', 'boolean', 'timestamp', 'integer').map((kind) => ({ kind, children: [] }) as const)
const anyText: ParquetNode = { name: 'value', kind: 'text', children: [] }
const anyMap = fc.constant({
  kind: 'map',
  children: [{ name: 'key', kind: 'text', children: [] }, anyText],
} as const)

type Shape = Pick<ParquetNode, 'kind' | 'children'>
const named = (shapes: readonly Shape[]): readonly ParquetNode[] =>
  shapes.map((shape, i) => ({ ...shape, name: `c${i}` }))
const { shape } = fc.letrec<{ shape: Shape; struct: Shape; list: Shape }>((tie) => ({
  shape: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, anyMap, tie('struct'), tie('list')),
  struct: fc
    .array(tie('shape'), { minLength: 1, maxLength: 3 })
    .map((members) => ({ kind: 'struct', children: named(members) })),
  list: tie('struct').map((element) => ({ kind: 'list', children: [{ ...element, name: 'element' }] })),
}))

/** Texts that come again and again, and others. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'a', 'Describe', 'é€😀', 'x'.repeat(40)) },
  fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => value.isWellFormed() && !value.includes('\0')),
)

function anyValue({ kind, children }: ParquetNode): fc.Arbitrary<Value> {
  const value = (): fc.Arbitrary<Value> => {
    switch (kind) {
      case 'struct':
        return fc.record(Object.fromEntries(children.map((child) => [child.name, anyValue(child)])))
      case 'list':
        return fc.array(anyValue(children[0]!), { maxLength: 4 })
      case 'map':
        return fc
          .uniqueArray(fc.tuple(text, anyValue(children[1]!)), { maxLength: 4, selector: ([key]) => key })
          .map((entries) => new Map(entries))
      case 'boolean':
        return fc.boolean()
      case 'timestamp':
        return fc.oneof(
          fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
          fc.constantFrom(0, -1, 253_402_300_799_999),
        )
      case 'integer':
        return fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, 1, 2, 20_240_501))
      default:
        return text
    }
  }
  return fc.option(value(), { nil: null, freq: 3 })
}

test('any columns of any rows, in any row groups', async () => {
  const table = fc.array(shape, { minLength: 1, maxLength: 4 }).chain((shapes) => {
    const nodes = named(shapes)
    const row = fc.record(Object.fromEntries(nodes.map((node) => [node.name, anyValue(node)])))
    return fc.record({
      nodes: fc.constant(nodes),
      groups: fc.array(fc.array(row, { minLength: 1, maxLength: 40, size: 'large' }), { minLength: 1, maxLength: 3 }),
    })
  })
  await fc.assert(
    fc.asyncProperty(table, async ({ nodes, groups }) => {
      const { path, written } = await write(nodes, groups)
      const rows = groups.flat()
      expect(written.rows).toBe(rows.length)
      const columns = nodes.map((node) => `to_json(${readable(node, `"${node.name}"`)})::VARCHAR AS "${node.name}"`)
      const found = await query(`SELECT ${columns.join(', ')} FROM read_parquet('${path}')`)
      const expected = rows.map((row) =>
        Object.fromEntries(nodes.map((node) => [node.name, jsonOf(node, row[node.name]!)])),
      )
      expect(
        found.map((row) =>
          Object.fromEntries(
            Object.entries(row as Record<string, string | null>).map(([name, json]) => [
              name,
              json === null ? null : JSON.parse(json),
            ]),
          ),
        ),
      ).toEqual(expected)
    }),
    { numRuns: 150 },
  )
})

const textNode = (name: string): ParquetNode => ({ name, kind: 'text', children: [] })
const document = (name: string): ParquetNode => ({ name, kind: 'document', children: [] })

test('many row groups and pages', async () => {
  const nodes = [
    textNode('few'),
    textNode('distinct'),
    textNode('wide'),
    document('document'),
    { name: 'n', kind: 'integer', children: [] } as const,
    { name: 'map', kind: 'map', children: [textNode('key'), textNode('value')] } as const,
  ]
  const groups = [5000, 3, 700].map((count, g) =>
    Array.from({ length: count }, (_, i) => ({
      few: `v${i % 7}`,
      distinct: i % 11 === 0 ? null : `${g}-${i}`,
      wide: i % 500 === 3 ? 'w'.repeat(400_000 + i) : i % 2 === 0 ? null : `w${i}`,
      document: `{"n":${i},"x":"${'y'.repeat(i % 3000)}"}`,
      n: i * g,
      map:
        i % 5 === 0
          ? null
          : new Map(
              Array.from({ length: i % 4 }, (_, k) => [`k${k}`, i % 3 === 0 ? null : `${i * k}-${'m'.repeat(300)}`]),
            ),
    })),
  )
  const rows = groups.flat()
  const { path, written } = await write(nodes, groups)
  const byDuckDb = await query(
    `SELECT few, "distinct", wide, document, n::INT AS n, to_json("map")::VARCHAR AS m FROM '${path}'`,
  )
  expect(
    byDuckDb.map((row) => {
      const { m, ...others } = row as { m: string | null }
      return { ...others, map: m === null ? null : JSON.parse(m) }
    }),
  ).toEqual(rows.map((row) => ({ ...row, map: row.map && Object.fromEntries(row.map) })))
  const [groupCount] = await query(`SELECT count(DISTINCT row_group_id)::INT AS n FROM parquet_metadata('${path}')`)
  expect(groupCount).toEqual({ n: 3 })
  expect(written.columns.get('few')).toEqual({ min: 'v0', max: 'v6', nullCount: 0 })
  expect(written.columns.get('n')).toEqual({ min: '0', max: '1398', nullCount: 0 })
  expect(written.columns.get('wide')?.min).toBeUndefined()
  expect(written.bytes).toBeLessThan(2_000_000)
})

test('columns of which only the first of many rows has a value', async () => {
  const nodes = [
    textNode('a'),
    { name: 'l', kind: 'list', children: [{ name: 'element', kind: 'struct', children: [textNode('x')] }] } as const,
    { name: 'm', kind: 'map', children: [textNode('key'), textNode('value')] } as const,
    { name: 's', kind: 'struct', children: [textNode('y')] } as const,
  ]
  const first = { a: 'only', l: [{ x: '1' }, { x: '2' }], m: new Map([['k', 'v']]), s: { y: null } }
  const none = { a: null, l: null, m: null, s: null }
  const { path } = await write(nodes, [
    [first, ...Array.from({ length: 5000 }, () => none)],
    [none, first],
  ])
  const [counts] = await query(
    `SELECT count(*)::INT AS rows, count(a)::INT AS a, count(l)::INT AS l, sum(len(l))::INT AS x, count(m)::INT AS m,
       count(CASE WHEN s IS NOT NULL THEN 1 END)::INT AS s, count(s.y)::INT AS y FROM '${path}'`,
  )
  expect(counts).toEqual({ rows: 5003, a: 2, l: 2, x: 4, m: 2, s: 2, y: 0 })
})

test('a small file has nothing compressed and is read by a reader that cannot', async () => {
  const nodes = [
    textNode('a'),
    { name: 'l', kind: 'list', children: [{ name: 'element', kind: 'struct', children: [textNode('x')] }] } as const,
  ]
  const rows = [
    { a: 'é', l: [{ x: '1' }, null, { x: null }] },
    { a: null, l: [] },
    { a: 'é', l: null },
  ]
  const { path } = await write(nodes, [rows])
  const read = await parquetReadObjects({ file: await asyncBufferFromFile(path) })
  const orNull = (value: unknown) => value ?? null
  expect(read.map(({ a, l }) => ({ a: orNull(a), l: Array.isArray(l) ? l.map(orNull) : orNull(l) }))).toEqual(rows)
})

describe('data files', () => {
  const withTree = (Object.keys(layouts) as LayoutName[]).filter((layout) => recordTree(layout) !== undefined)

  test.each(withTree)('%s are described as the engine describes them', async (layout) => {
    const { path } = await write(recordColumnNodes(layout, recordTree(layout)!), [])
    const { columns } = recordSql(layout, { record: 'r', eventJson: 'e', source: 's', index: 'i' })
    const written = join(folder, `${layout}.parquet`)
    await engine.connection.run(
      `COPY (SELECT ${columns.map(({ name, type }) => `NULL::${type} AS "${name}"`).join(', ')}) TO '${written}' (FORMAT parquet)`,
    )
    const schema = (file: string) => query(`SELECT * EXCLUDE (file_name) FROM parquet_schema('${file}')`)
    expect(await schema(path)).toEqual(await schema(written))
  })
})

test('a file that is there is not written over, and one that is abandoned is gone', async () => {
  const writer = createParquetWriter([textNode('a')], await loadZstd())
  const taken = join(folder, 'taken')
  writeFileSync(taken, 'mine')
  expect(() => writer.open(taken)).toThrow('EEXIST')
  writer.abandon()
  expect(existsSync(taken)).toBe(true)
  const path = join(folder, 'abandoned')
  writer.open(path)
  fill(writer.columns[0]!, 0, 'half')
  writer.abandon()
  expect(existsSync(path)).toBe(false)
  // Nothing of it is in the next file.
  const next = join(folder, 'next.parquet')
  writer.open(next)
  fill(writer.columns[0]!, 0, 'whole')
  writer.flush(1)
  expect(writer.close()).toMatchObject({
    rows: 1,
    columns: new Map([['a', { min: 'whole', max: 'whole', nullCount: 0 }]]),
  })
  expect(await query(`SELECT a FROM '${next}'`)).toEqual([{ a: 'whole' }])
})
