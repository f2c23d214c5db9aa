import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EngineInstance, openInstance } from '../../src/engine/instance.ts'
import { registerRowSource } from '../../src/engine/table-function.ts'

let instance: EngineInstance
beforeAll(async () => {
  instance = await openInstance({ threads: 2 })
})
afterAll(() => instance.close())

async function readBack(rows: readonly (readonly [text: string | null, bytes: Uint8Array | null, number: bigint])[]) {
  const connection = await instance.connect()
  try {
    const source = registerRowSource(connection, `rows_${++names}`, [
      { name: 'text', type: 'VARCHAR' },
      { name: 'bytes', type: 'BLOB' },
      { name: 'number', type: 'BIGINT' },
    ])
    const encoded = rows.map(([text]) => (text === null ? null : Buffer.from(text)))
    source.set({
      rowCount: rows.length,
      values: [(i) => encoded[i]!, (i) => rows[i]![1], (i) => rows[i]![2]],
    })
    const result = await connection.runAndReadAll(`SELECT text, hex(bytes), number FROM rows_${names}()`)
    return result.getRows()
  } finally {
    connection.closeSync()
  }
}
let names = 0

const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex').toUpperCase())

test('rows of any text, bytes and numbers come out as they went in, in order', async () => {
  const cell = fc.tuple(
    fc.option(fc.string({ unit: 'grapheme', maxLength: 40 })),
    fc.option(fc.uint8Array({ maxLength: 40 })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { maxLength: 200 }), async (rows) => {
      expect(await readBack(rows)).toEqual(rows.map(([text, bytes, number]) => [text, hex(bytes), number]))
    }),
    { numRuns: 50 },
  )
})

test.each([2047, 2048, 2049, 10_000])('%i rows cross the chunks in order, NULLs in their places', async (count) => {
  const rows = Array.from(
    { length: count },
    (_, i) => [i % 7 === 0 ? null : `row ${i}`, i % 5 === 0 ? null : Uint8Array.of(i & 255), BigInt(i)] as const,
  )
  expect(await readBack(rows)).toEqual(rows.map(([text, bytes, number]) => [text, hex(bytes), number]))
})

test('a function reads what it was given last, from the start, and nothing once cleared', async () => {
  const connection = await instance.connect()
  const source = registerRowSource(connection, 'changing', [{ name: 'n', type: 'BIGINT' }])
  const numbers = async () => (await connection.runAndReadAll('SELECT n FROM changing()')).getRows().map(([n]) => n)
  expect(await numbers()).toEqual([])
  source.set({ rowCount: 3, values: [(i) => BigInt(i)] })
  expect(await numbers()).toEqual([0n, 1n, 2n])
  expect(await numbers()).toEqual([0n, 1n, 2n])
  source.set({ rowCount: 1, values: [() => 7n] })
  expect(await numbers()).toEqual([7n])
  source.clear()
  expect(await numbers()).toEqual([])
  connection.closeSync()
})

test('an error while rows are read fails the query and leaves the connection usable', async () => {
  const connection = await instance.connect()
  const source = registerRowSource(connection, 'failing', [{ name: 'n', type: 'BIGINT' }])
  source.set({
    rowCount: 5000,
    values: [
      (i) => {
        if (i === 3000) throw new Error('the third thousand')
        return 1n
      },
    ],
  })
  await expect(connection.run('SELECT sum(n) FROM failing()')).rejects.toThrow('the third thousand')
  source.set({ rowCount: 2, values: [() => 1n] })
  expect((await connection.runAndReadAll('SELECT count(*) FROM failing()')).getRows()).toEqual([[2n]])
  connection.closeSync()
})
