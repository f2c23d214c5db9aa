import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTableEngine, type TableEngine } from '../../../src/engine/table-engine.ts'
import { readFooters } from '../../../src/lake/compact/footers.ts'
import { readThrift, type ThriftList, type ThriftStruct, writeThrift } from '../../../src/lake/compact/thrift.ts'
import { cleanUpAfterEach, newFolder } from '../support.ts'

cleanUpAfterEach()

async function withEngine(work: (engine: TableEngine, folder: string) => Promise<void>): Promise<void> {
  const folder = newFolder()
  const engine = createTableEngine({ scratch: folder })
  try {
    await work(engine, folder)
  } finally {
    await engine.close()
  }
}

async function write(engine: TableEngine, path: string, query: string): Promise<string> {
  await engine.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
  return path
}

const NESTED = (rows: number) => `SELECT n, CASE WHEN n % 3 = 0 THEN NULL ELSE n::VARCHAR END AS "a text",
    CASE WHEN n % 5 > 0 THEN [{'k': n, 'm': MAP{'a': n::VARCHAR, 'b': NULL}}, NULL] END AS tags
  FROM (SELECT unnest(range(${rows})) AS n)`

/** The same file with another footer. */
function withFooter(path: string, target: string, change: (footer: ThriftStruct) => void): string {
  const bytes = readFileSync(path)
  const end = bytes.length - 8
  const start = end - bytes.readUInt32LE(end)
  const footer = readThrift(bytes.subarray(start, end))
  change(footer)
  const changed = writeThrift(footer)
  const tail = Buffer.from('....PAR1')
  tail.writeUInt32LE(changed.length)
  writeFileSync(target, Buffer.concat([bytes.subarray(0, start), changed, tail]))
  return target
}

const schemaOf = (footer: ThriftStruct) =>
  (footer.get(2)!.value as ThriftList).items.map((item) => item.value as ThriftStruct)

test('footers say what the engine says of them', async () => {
  await withEngine(async (engine, folder) => {
    const paths = [
      await write(engine, join(folder, 'a'), NESTED(5000)),
      await write(engine, join(folder, 'b'), NESTED(1)),
      await write(engine, join(folder, 'none'), NESTED(0)),
      // More of a footer than is read at once.
      await write(engine, join(folder, 'long'), NESTED(200_000)),
    ]
    const wanted: unknown[] = []
    const sql = `SELECT path_in_schema, sum(num_values)::VARCHAR, sum(stats_null_count)::VARCHAR, sum(total_uncompressed_size)::VARCHAR
      FROM parquet_metadata([${paths.map((path) => `'${path}'`).join(', ')}]) GROUP BY 1 ORDER BY 1`
    let bytes = 0
    for await (const batch of engine.rows(sql)) {
      for (const [path, values, nulls, size] of batch) {
        wanted.push([path, { values: Number(values), nulls: nulls === null ? null : Number(nulls) }])
        bytes += Number(size)
      }
    }
    const footers = await readFooters(paths)
    expect([...footers.leaves].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(wanted)
    expect(wanted).toHaveLength(5)
    expect(footers).toMatchObject({ rows: 205_001, bytes, isUniform: true })
    expect(readFileSync(paths[3]!).readUInt32LE(readFileSync(paths[3]!).length - 8)).toBeGreaterThan(32 * 1024)
  })
})

test('what makes files differ: names, types and the order of columns; not what their root is called or how columns are numbered', async () => {
  await withEngine(async (engine, folder) => {
    const file = (name: string, query: string) => write(engine, join(folder, name), query)
    const one = await file('one', "SELECT 1 AS a, 'x' AS b, 1.5::DECIMAL(9, 2) AS c")
    const renumbered = withFooter(one, join(folder, 'renumbered'), (footer) => {
      const [root, ...columns] = schemaOf(footer)
      root!.set(4, { type: 8, value: Buffer.from('another_root') })
      for (const [i, column] of columns.entries()) column.set(9, { type: 5, value: BigInt(i + 7) })
      columns[0]!.set(3, { type: 5, value: 0n })
    })
    const isUniform = async (path: string) => (await readFooters([one, path])).isUniform
    expect(await isUniform(renumbered)).toBe(true)
    expect((await readFooters([renumbered])).schema).not.toBe((await readFooters([one])).schema)
    for (const [name, query] of [
      ['order', "SELECT 'x' AS b, 1 AS a, 1.5::DECIMAL(9, 2) AS c"],
      ['type', "SELECT 1::BIGINT AS a, 'x' AS b, 1.5::DECIMAL(9, 2) AS c"],
      ['scale', "SELECT 1 AS a, 'x' AS b, 1.5::DECIMAL(9, 3) AS c"],
      ['logical', "SELECT 1 AS a, 'x'::BLOB AS b, 1.5::DECIMAL(9, 2) AS c"],
      ['name', "SELECT 1 AS A, 'x' AS b, 1.5::DECIMAL(9, 2) AS c"],
      ['more', "SELECT 1 AS a, 'x' AS b, 1.5::DECIMAL(9, 2) AS c, 1 AS d"],
    ] as const) {
      expect([name, await isUniform(await file(name, query))]).toEqual([name, false])
    }
  })
})

test('what has no footer is refused', async () => {
  await withEngine(async (engine, folder) => {
    const bytes = readFileSync(await write(engine, join(folder, 'a'), NESTED(3000)))
    const refused = async (content: Buffer) => {
      const path = join(folder, 'refused')
      writeFileSync(path, content)
      await expect(readFooters([path])).rejects.toThrow(/./)
    }
    await refused(Buffer.alloc(0))
    await refused(Buffer.from('PAR1'))
    await refused(Buffer.from('PAR1....PAR1'))
    await refused(bytes.subarray(0, -1))
    await refused(Buffer.from(bytes).fill(0xff, bytes.length - 40, bytes.length - 8))
    const longer = Buffer.from(bytes)
    longer.writeUInt32LE(longer.length, longer.length - 8)
    await refused(longer)
    await expect(readFooters([join(folder, 'nothing')])).rejects.toThrow('ENOENT')
  })
})
