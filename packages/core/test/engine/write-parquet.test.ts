import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeParquet } from '../../src/engine/write-parquet.ts'
import { useConnection } from './connection.ts'

const engine = useConnection()
const { folder } = engine

test('tells rows, size, minimum, maximum and NULLs of what was written', async () => {
  const path = join(folder, 'a.parquet')
  const written = await writeParquet(engine.connection, {
    path,
    query: `SELECT CASE WHEN i % 4 = 0 THEN NULL ELSE 'name ' || i END AS name, TIMESTAMP '2024-05-01' + INTERVAL (i) MILLISECOND AS t,
      i::BIGINT AS n, NULL::VARCHAR AS nothing, i % 2 = 0 AS flag, {'a': i, 'b.c': 'x'} AS "odd ""name" FROM range(70000) r(i)`,
  })
  expect(written.rows).toBe(70_000)
  expect(written.bytes).toBe(statSync(path).size)
  expect(written.columns.get('n')).toEqual({ min: '0', max: '69999', nullCount: 0 })
  expect(written.columns.get('name')).toEqual({ min: 'name 1', max: 'name 9999', nullCount: 17_500 })
  expect(written.columns.get('t')).toEqual({ min: '2024-05-01 00:00:00', max: '2024-05-01 00:01:09.999', nullCount: 0 })
  expect(written.columns.get('nothing')).toEqual({ nullCount: 70_000 })
  expect(written.columns.get('flag')?.nullCount).toBe(0)

  const groups = await engine.connection.runAndReadAll(
    `SELECT DISTINCT row_group_num_rows, compression FROM parquet_metadata('${path}') ORDER BY ALL`,
  )
  expect(groups.getRows()).toEqual([
    [4464n, 'ZSTD'],
    [32_768n, 'ZSTD'],
  ])
})

test.each([
  { rows: 40_000, options: {}, bloom: true },
  { rows: 9000, options: { maxRows: 9000 }, bloom: true },
  { rows: 9000, options: { maxRows: 9000, isDraft: true }, bloom: false },
  // A small file is read as fast as a filter.
  { rows: 2999, options: { maxRows: 2999 }, bloom: false },
  { rows: 2999, options: {}, bloom: true },
])(
  '$rows rows of distinct ids keep their order; bloom filter: $bloom, $options',
  async ({ rows: count, options, bloom }) => {
    const path = join(folder, `ids-${count}-${JSON.stringify(options).length}.parquet`)
    await writeParquet(engine.connection, {
      path,
      query: `SELECT uuid()::VARCHAR AS id, i AS n FROM range(${count}) r(i)`,
      ...options,
    })
    const rows = await engine.connection.runAndReadAll(
      `SELECT count(*) FROM read_parquet('${path}', file_row_number=true) WHERE file_row_number <> n`,
    )
    expect(rows.getRows()).toEqual([[0n]])
    const blooms = await engine.connection.runAndReadAll(
      `SELECT bool_and(bloom_filter_offset IS NOT NULL) FROM parquet_metadata('${path}') WHERE path_in_schema = 'id'`,
    )
    expect(blooms.getRows()).toEqual([[bloom]])
  },
)

test('a query without rows gives a readable file and a count of 0', async () => {
  const path = join(folder, "it's empty.parquet")
  const written = await writeParquet(engine.connection, { path, query: 'SELECT 1 AS a WHERE false' })
  expect(written.rows).toBe(0)
  expect(
    (await engine.connection.runAndReadAll(`SELECT a FROM read_parquet('${path.replaceAll("'", "''")}')`)).getRows(),
  ).toEqual([])
})

test('snappy on request', async () => {
  const path = join(folder, 'c.parquet')
  await writeParquet(engine.connection, { path, query: 'SELECT 1 AS a', compression: 'snappy' })
  const codecs = await engine.connection.runAndReadAll(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`)
  expect(codecs.getRows()).toEqual([['SNAPPY']])
})
