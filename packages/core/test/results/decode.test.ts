import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openQueryEngine, type QueryEngine } from '../../src/engine/query-engine.ts'
import type { Form } from '../../src/results/decode.ts'
import { fits } from '../../src/results/fits.ts'
import { canonicalForm, jsonReplacer, textForm, valueForm } from '../../src/results/forms.ts'
import { decodeRows, type ResultField, rowObjects } from '../../src/results/rows.ts'
import * as t from '../../src/schema/index.ts'
import { engineType, formatType, type LakeType } from '../../src/schema/index.ts'
import { typeCases } from './type-cases.ts'

let engine: QueryEngine
beforeAll(async () => {
  engine = await openQueryEngine({ allowedDirectories: [], memoryBytes: 1 << 30 })
})
afterAll(() => engine.close())

const field = (type: LakeType): ResultField => ({ name: 'c', type })

async function read<T>(sql: string, types: readonly LakeType[], form: Form<T>): Promise<(T | null)[][]> {
  const result = await engine.execute({ sql, views: [] })
  const rows: (T | null)[][] = []
  for await (const chunk of result.chunks()) rows.push(...decodeRows(types.map(field), chunk, form))
  return rows
}

/** Objects without prototype, made plain to be compared; `__proto__` is a key like any other. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  expect(Object.getPrototypeOf(value)).toBeNull()
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
}

describe('every type', () => {
  test.each(typeCases.map((c) => [formatType(c.type), c.sql.slice(0, 60), c] as const))(
    '%s: %s',
    async (_type, _sql, c) => {
      // A NULL before and after, and enough rows for a second chunk.
      const sql = `SELECT CASE WHEN range % 3 = 1 THEN ${c.sql} END FROM range(2050)`
      const types = [c.type]
      const values = (await read(sql, types, valueForm('auto'))).map((row) => plain(row[0]))
      expect(values).toHaveLength(2050)
      const wanted = plain(typeof c.value === 'object' && c.value !== null ? bare(c.value) : c.value)
      for (const i of [0, 1, 2, 2047, 2048, 2049]) expect(values[i]).toEqual(i % 3 === 1 ? wanted : null)
      const canonical = (await read(sql, types, canonicalForm)).map((row) => row[0])
      expect(JSON.stringify(canonical[1])).toBe(JSON.stringify(c.canonical))
      expect(canonical[2048]).toBeNull()
      const text = (await read(sql, types, textForm)).map((row) => row[0])
      expect([text[0], text[1]]).toEqual([null, c.text])
    },
  )

  test('the engine types of the contract are those that are read', async () => {
    for (const { type } of typeCases) {
      const result = await engine.execute({ sql: `SELECT CAST(NULL AS ${engineType(type)})`, views: [] })
      expect([formatType(type), fits(type, result.types[0]!)]).toEqual([formatType(type), true])
      await result.close()
    }
  })

  test.each([
    [t.BIGINT, "'1'"],
    [t.VARCHAR, '1'],
    [t.DOUBLE, '1.5::DECIMAL(2,1)'],
    [t.decimal(3, 1), '1.55::DECIMAL(3,2)'],
    [t.TIMESTAMP, "DATE '2024-01-01'"],
    [t.TIMESTAMP_TZ, "TIMESTAMP '2024-01-01'"],
    [t.VARBINARY, "'a'"],
    [t.array(t.BIGINT), "['a']"],
    [t.row([{ type: t.BIGINT }]), "{'a': 1, 'b': 2}"],
    [t.map(t.VARCHAR, t.VARCHAR), "MAP {'a': 1}"],
  ])('%s does not fit %s', async (type, sql) => {
    const result = await engine.execute({ sql: `SELECT ${sql}`, views: [] })
    expect(fits(type, result.types[0]!)).toBe(false)
    await result.close()
  })
})

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  return Object.assign(Object.create(null), Object.fromEntries(Object.entries(value).map(([k, v]) => [k, bare(v)])))
}

test('a bare NULL is null whatever the engine calls it', async () => {
  expect(await read('SELECT NULL', [t.UNKNOWN], valueForm('auto'))).toEqual([[null]])
})

test('bigints are always BigInt when asked for, inside other values too', async () => {
  const sql = "SELECT 1::BIGINT, [2::BIGINT], MAP {'a': 3::BIGINT}, 4::INTEGER"
  const types = [t.BIGINT, t.array(t.BIGINT), t.map(t.VARCHAR, t.BIGINT), t.INTEGER]
  const [row] = await read(sql, types, valueForm('always'))
  expect(row?.slice(0, 2)).toEqual([1n, [2n]])
  expect(plain(row?.[2])).toEqual({ a: 3n })
  expect(row?.[3]).toBe(4)
})

test('canonical maps are in the order of their keys by UTF-16 code units', async () => {
  const sql = "SELECT MAP {'é': 1, 'z': 2, 'a': 3, '😀': 4, '\uFFFD': 5, 'A': 6}"
  const [row] = await read(sql, [t.map(t.VARCHAR, t.INTEGER)], canonicalForm)
  expect(Object.keys(row?.[0] as object)).toEqual(['A', 'a', 'z', 'é', '😀', '\uFFFD'])
})

test('rows as objects need labels of their own', () => {
  const fields = ['a', '__proto__'].map((name) => ({ name, type: t.BIGINT }))
  const object = rowObjects(fields)([1, 2])
  expect(Object.entries(object)).toEqual([
    ['a', 1],
    ['__proto__', 2],
  ])
  expect(() => rowObjects([field(t.BIGINT), field(t.DATE)])).toThrow(/rowMode must be 'array'/)
})

test('what JSON has no form for is text in JSON', () => {
  const value = { a: 1n, b: Number.NaN, c: Number.NEGATIVE_INFINITY, d: Uint8Array.of(1), e: [2n ** 60n], f: 'x' }
  expect(JSON.stringify(value, jsonReplacer)).toBe(
    '{"a":"1","b":"NaN","c":"-Infinity","d":"AQ==","e":["1152921504606846976"],"f":"x"}',
  )
})

describe('by the engine itself', () => {
  /** Strings of every length and place: inlined, long, NULL, from literals and from computed text. */
  test('texts of any length keep their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }).filter((s) => !s.includes('\0')))),
        async (texts) => {
          const list = texts.map((s) => (s === null ? 'NULL' : `'${s.replaceAll("'", "''")}'`))
          const rows = await read(`SELECT unnest([${list.join(', ')}]::VARCHAR[])`, [t.VARCHAR], valueForm('auto'))
          expect(rows.map((row) => row[0])).toEqual(texts)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('lists, maps and structs of many rows are those the engine prints', async () => {
    const inner =
      "CASE WHEN range % 7 = 0 THEN NULL ELSE list_transform(range(range % 5), lambda x: CASE WHEN x = 2 THEN NULL ELSE {'s': repeat('x', (x + range) % 40), 'm': MAP {range::VARCHAR: x}} END) END"
    const type = t.array(
      t.row([
        { name: 's', type: t.VARCHAR },
        { name: 'm', type: t.map(t.VARCHAR, t.BIGINT) },
      ]),
    )
    for (const from of [
      'FROM range(5000)',
      'FROM range(5000) ORDER BY hash(range)',
      'FROM range(5000) WHERE range % 3 = 1',
      'FROM (SELECT * FROM range(5000)) JOIN (VALUES (1), (2)) ON true',
    ]) {
      const rows = await read(
        `SELECT v, to_json(v)::VARCHAR FROM (SELECT ${inner} AS v ${from})`,
        [type, t.VARCHAR],
        valueForm('auto'),
      )
      expect(rows.length).toBeGreaterThan(1000)
      for (const [value, json] of rows)
        expect(json === null ? value : JSON.parse(JSON.stringify(value))).toEqual(
          json === null ? null : JSON.parse(json as string),
        )
    }
  })

  test('dates and timestamps of every century are those the engine prints', async () => {
    const days = "DATE '1970-01-01' + ((range * 7919) % 4000000 - 719162)::INTEGER"
    const sql = `SELECT d, d::VARCHAR, d + INTERVAL (range * 86399 % 86400) SECOND, strftime(d + INTERVAL (range * 86399 % 86400) SECOND, '%Y-%m-%d %H:%M:%S.000') FROM (SELECT range, ${days} AS d FROM range(20000)) WHERE d < DATE '10000-01-01'`
    const rows = await read(sql, [t.DATE, t.VARCHAR, t.TIMESTAMP, t.VARCHAR], valueForm('auto'))
    expect(rows.length).toBeGreaterThan(10000)
    for (const [date, dateText, time, timeText] of rows)
      expect([date, time]).toEqual([dateText, String(timeText).padStart(23, '0')])
  })

  // Up to 2023: rules for the years to come differ between editions of the zone data.
  test('zoned times are those the engine computes', async () => {
    const zones = [
      'America/New_York',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
      'America/Sao_Paulo',
    ]
    const utc = "TIMESTAMP '1950-01-01' + INTERVAL (range * 3571 % 640000) HOUR"
    for (const zone of zones) {
      const sql = `SELECT {'t': u, 'z': '${zone}'}, strftime(timezone('${zone}', timezone('UTC', u)), '%Y-%m-%d %H:%M:%S ${zone}') FROM (SELECT ${utc} AS u FROM range(3000))`
      const rows = await read(sql, [t.timestamp(0, true), t.VARCHAR], valueForm('auto'))
      for (const [ours, theirs] of rows) expect(ours).toBe(theirs)
    }
  })

  test('decimals of any size are those the engine prints', async () => {
    for (const [p, s] of [
      [4, 2],
      [9, 0],
      [18, 18],
      [38, 19],
    ] as const) {
      const sql = `SELECT d, d::VARCHAR FROM (SELECT ((range * 7919 - 20000) % 9999 / 10000.0)::DECIMAL(${p},${s}) AS d FROM range(5000))`
      for (const [ours, theirs] of await read(sql, [t.decimal(p, s), t.VARCHAR], valueForm('auto'))) {
        // The engine leaves out the zero before the point where there is no digit for it.
        expect(ours).toBe(String(theirs).replace(/^(-?)\./, '$10.'))
      }
    }
  })
})
