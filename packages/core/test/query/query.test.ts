import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type EventDataStore,
  encodeCsv,
  encodeNdjson,
  isTraillakeError,
  type Lake,
  openLake,
  type QueryOptions,
  type QueryResult,
  renderError,
  type TraillakeError,
} from '../../src/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-query-'))
let lake: Lake
let trail: EventDataStore

beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import(join(trails, 'invictus-2023'), { into: 'Trail.one' })
  await lake.import(join(trails, 'panther-org'), { into: 'org' })
  await lake.import(join(trails, 'panther-org'), { into: 'by-date', layout: 'date' })
  trail = await lake.getEventDataStore('trail.one')
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

const rows = async (sql: string, options?: QueryOptions) => (await lake.query(sql, options)).toArray()
const one = async (sql: string, options?: QueryOptions) => (await rows(sql, { ...options, rowMode: 'array' }))[0]
const errorOf = async (work: Promise<unknown>): Promise<TraillakeError> => {
  try {
    await work
  } catch (error) {
    if (isTraillakeError(error)) return error
    throw error
  }
  throw new Error('no failure')
}
const text = async (parts: AsyncIterable<string>) => {
  let all = ''
  for await (const part of parts) all += part
  return all
}

describe('a store is named by', () => {
  test.each([
    ['its id, bare', () => trail.id],
    ['its id in capitals', () => trail.id.toUpperCase()],
    ['its id, quoted', () => `"${trail.id}"`],
    ['its ARN, quoted', () => `"${trail.arn}"`],
    ['its name, quoted, in any case', () => '"TRAIL.one"'],
    ['a placeholder', () => '$EDS_ID'],
  ])('%s', async (_how, name) => {
    expect(await one(`SELECT count(*) FROM ${name()}`, { placeholders: { EDS_ID: trail.id } })).toEqual([2900])
  })

  test('a placeholder may stand for a name or an ARN', async () => {
    for (const value of ['org', trail.arn, 'trail.ONE']) {
      expect(await one('SELECT count(*) > 100 FROM $S', { placeholders: { S: value } })).toEqual([true])
    }
  })

  test('a common table expression hides a store of its name', async () => {
    expect(await one('WITH org AS (SELECT 1 AS x) SELECT count(*) FROM org')).toEqual([1])
  })

  test('unknown ones are refused, with the place and a hint', async () => {
    const error = await errorOf(lake.query('SELECT *\nFROM orgg'))
    expect([error.code, error.line, error.column]).toEqual(['TABLE_NOT_FOUND', 2, 6])
    expect(error.message).toMatch(/^line 2:6: Table '.*orgg.*' does not exist$/)
    expect(error.hint).toContain('org')
    const other = trail.arn.replace('000000000000', '111122223333')
    for (const name of [
      '"00000000-0000-0000-0000-000000000000"',
      `"${other}"`,
      'default.org',
      'a.b.org',
      'traillake.nothing',
    ]) {
      expect((await errorOf(lake.query(`SELECT * FROM ${name}`))).code).toBe('TABLE_NOT_FOUND')
    }
  })

  test('a query that is no text', async () => {
    const error = await errorOf(lake.query(5 as unknown as string))
    expect([error.code, error.reason]).toEqual(['INVALID_OPTION', 'option sql must be text'])
  })

  test('a placeholder that stands for nothing', async () => {
    const error = await errorOf(lake.query('SELECT * FROM $EDS_ID', { placeholders: { EDS: 'org' } }))
    expect(error.code).toBe('TABLE_NOT_FOUND')
    expect(error.hint).toContain('--set EDS_ID=STORE')
  })
})

describe('rows', () => {
  const mixed = `SELECT 9007199254740993 AS big, 7 AS small, DECIMAL '1.50' AS d, MAP(ARRAY['b','a'], ARRAY[1,2]) AS m,
    CAST(ROW(1, 'x') AS row(n integer, s varchar)) AS r, X'00ff' AS bytes, nan() AS nan, CAST(NULL AS varchar) AS nothing,
    TIMESTAMP '2024-05-01 00:00:00.000' AS t, ARRAY[1, NULL] AS list`

  test('are objects by label; maps and rows are objects without prototype', async () => {
    const [row] = (await rows(mixed)) as [Record<string, unknown>]
    expect(Object.keys(row)).toEqual(['big', 'small', 'd', 'm', 'r', 'bytes', 'nan', 'nothing', 't', 'list'])
    expect(row).toMatchObject({ big: 9007199254740993n, small: 7, d: '1.50', nan: Number.NaN, nothing: null })
    expect(row).toMatchObject({ t: '2024-05-01 00:00:00.000', list: [1, null], bytes: Uint8Array.of(0, 255) })
    expect([Object.getPrototypeOf(row.m), Object.getPrototypeOf(row.r)]).toEqual([null, null])
    expect([{ ...(row.m as object) }, { ...(row.r as object) }]).toEqual([
      { b: 1, a: 2 },
      { n: 1, s: 'x' },
    ])
  })

  test('bigints: always makes every bigint a BigInt, integers stay numbers', async () => {
    const sql =
      "SELECT count(*), CAST(7 AS bigint), 7, 9007199254740993, ARRAY[BIGINT '1'] FROM org WHERE eventName = 'none'"
    expect(await one(sql, { bigints: 'always' })).toEqual([0n, 7n, 7, 9007199254740993n, [1n]])
    expect(await one(sql, { bigints: 'auto' })).toEqual([0, 7, 7, 9007199254740993n, [1]])
  })

  test('with two equal labels come as arrays only', async () => {
    const sql = 'SELECT 1 AS a, 2 AS a'
    expect(await one(sql)).toEqual([1, 2])
    const result = await lake.query(sql)
    expect((await errorOf(result.toArray())).reason).toMatch(/^option rowMode must be 'array'/)
    expect(await result.toJson()).toEqual({
      columns: [
        { name: 'a', type: 'integer' },
        { name: 'a', type: 'integer' },
      ],
      rows: [[1, 2]],
    })
  })

  test('can be taken once, in any of the forms', async () => {
    const forms: readonly ((result: QueryResult) => Promise<unknown>)[] = [
      (r) => r.toArray(),
      (r) => r.toJson(),
      (r) => r.toArrow(),
      async (r) => {
        for await (const _ of r);
      },
      async (r) => {
        for await (const _ of r.batches());
      },
      async (r) => {
        for await (const _ of r.arrowStream());
      },
      (r) => text(encodeCsv(r)),
      (r) => text(encodeNdjson(r)),
    ]
    for (const take of forms) {
      const result = await lake.query('SELECT eventID FROM org')
      await take(result)
      expect(result.statistics.rows).toBe(412)
      for (const again of forms) expect((await errorOf(again(result))).code).toBe('RESULT_CONSUMED')
    }
  })

  test('are the same in every form', async () => {
    const sql = 'SELECT eventID, eventTime, requestParameters, resources, readOnly FROM org ORDER BY eventID'
    const json = await (await lake.query(sql)).toJson()
    expect(json.rows).toHaveLength(412)
    const arrays = await rows(sql, { rowMode: 'array' })
    const objects = (await rows(sql)) as Record<string, unknown>[]
    const arrow = await (await lake.query(sql)).toArrow()
    const parts: Uint8Array[] = []
    for await (const part of (await lake.query(sql)).arrowStream()) parts.push(part)
    const read = tableFromIPC(Buffer.concat(parts))
    const lines = (await text(encodeNdjson(await lake.query(sql)))).trimEnd().split('\n')
    const batches: unknown[] = []
    for await (const batch of (await lake.query(sql)).batches()) batches.push(...batch)
    expect(batches).toEqual(json.rows)
    json.rows.forEach((row, i) => {
      const [id, time, parameters] = row
      expect([arrays[i]?.[0 as never], objects[i]?.eventID, JSON.parse(lines[i] as string).eventID]).toEqual([
        id,
        id,
        id,
      ])
      expect([arrow.get(i)?.eventID, read.get(i)?.eventID]).toEqual([id, id])
      expect(Number(read.get(i)?.eventTime)).toBe(Date.parse(`${String(time).replace(' ', 'T')}Z`))
      const plain = objects[i]?.requestParameters
      expect(plain === null ? null : { ...(plain as object) }).toEqual(
        parameters === null ? null : { ...(parameters as object) },
      )
      expect(JSON.parse(lines[i] as string).requestParameters).toEqual(
        parameters === null ? null : { ...(parameters as object) },
      )
    })
  })
})

describe('text forms', () => {
  const sql = `SELECT * FROM (VALUES
    (1, 'plain', CAST(NULL AS varchar), 1.5E0, MAP(ARRAY['k'], ARRAY['v']), ARRAY['a', NULL]),
    (2, 'a "quoted", line' || chr(10) || 'two', '', 1E7, NULL, ARRAY[]) ) t("n n", b, c, d, e, f) ORDER BY 1`

  test('CSV as RFC 4180 has it, NULL empty, an empty text quoted', async () => {
    expect(await text(encodeCsv(await lake.query(sql)))).toBe(
      'n n,b,c,d,e,f\n1,plain,,1.5,{k=v},"[a, null]"\n2,"a ""quoted"", line\ntwo","",1.0E7,,[]\n',
    )
    expect(await text(encodeCsv(await lake.query('SELECT 1 AS a, 2 AS a WHERE false')))).toBe('a,a\n')
  })

  test('JSON, an object a line', async () => {
    expect(await text(encodeNdjson(await lake.query(sql)))).toBe(
      '{"n n":1,"b":"plain","c":null,"d":1.5,"e":{"k":"v"},"f":["a",null]}\n' +
        '{"n n":2,"b":"a \\"quoted\\", line\\ntwo","c":"","d":10000000,"e":null,"f":[]}\n',
    )
    const odd = "SELECT 9007199254740993 AS a, nan() AS a, X'ff' AS a, 0.1E0 + 0.2E0 AS b"
    expect(await text(encodeNdjson(await lake.query(odd)))).toBe(
      '{"a":"9007199254740993","a_1":"NaN","a_2":"/w==","b":0.30000000000000004}\n',
    )
  })

  test('JSON cells keep every digit, canonical ones twelve', async () => {
    const sum = 'SELECT 0.1E0 + 0.2E0 AS x, nan() AS n, 9007199254740993 AS b'
    const cells: unknown[] = []
    for await (const batch of (await lake.query(sum)).batches()) cells.push(...batch)
    expect(cells).toEqual([[0.30000000000000004, 'NaN', '9007199254740993']])
    expect((await (await lake.query(sum)).toJson()).rows).toEqual([[0.3, 'NaN', '9007199254740993']])
  })
})

describe('pruning', () => {
  const filters = [
    "eventTime BETWEEN TIMESTAMP '2022-01-01 00:00:00' AND TIMESTAMP '2022-06-30 23:59:59'",
    "eventTime > '2023-01-01 00:00:00'",
    "recipientAccountId = '123456789012'",
    "recipientAccountId IN ('123456789012', '111122223333') AND awsRegion = 'us-east-1'",
    "awsRegion <> 'us-east-1'",
    'recipientAccountId IS NULL',
    "coalesce(recipientAccountId, 'none') = 'none'",
    "NOT (awsRegion = 'us-west-2')",
    'eventID = (SELECT max(eventID) FROM org)',
    "date(eventTime) = DATE '2022-12-12' OR awsRegion = 'eu-west-1'",
  ]

  test.each(filters)('WHERE %s gives what a scan of everything gives', async (filter) => {
    for (const store of ['org', '"by-date"']) {
      // In the select list a condition lets no file be skipped.
      const [all] = (await one(`SELECT count_if(${filter}) FROM ${store}`)) as [number]
      expect(await one(`SELECT count(*) FROM ${store} WHERE ${filter}`)).toEqual([all])
    }
  })

  test('reads only files that can match, and counts them', async () => {
    const ask = async (sql: string) => {
      const result = await lake.query(sql)
      await result.toArray()
      return result.statistics
    }
    const all = await ask('SELECT count(*) FROM org')
    expect(all.filesScanned).toBe(all.filesKnown)
    const some = await ask(
      "SELECT count(*) FROM org WHERE recipientAccountId = '123456789012' AND awsRegion = 'us-east-1'",
    )
    expect(some.filesKnown).toBe(all.filesKnown)
    expect(some.filesScanned).toBeLessThan(all.filesKnown / 2)
    expect(some.bytesScanned).toBeLessThan(all.bytesScanned)
    expect(some.eventsScanned).toBeGreaterThanOrEqual(some.rows)
    expect(some.eventsScanned).toBeLessThan(all.eventsScanned)
    const none = await ask("SELECT eventID FROM org WHERE eventTime < TIMESTAMP '1999-01-01 00:00:00'")
    expect(none).toMatchObject({ rows: 0, filesScanned: 0, bytesScanned: 0, eventsScanned: 0 })
    const both = await ask('SELECT (SELECT count(*) FROM org), (SELECT count(*) FROM "by-date" WHERE false)')
    expect(both.filesKnown).toBeGreaterThan(all.filesKnown)
    expect(both.totalMs).toBeGreaterThanOrEqual(both.executeMs)
  })
})

describe('an open result', () => {
  test('goes on with the version it began with', async () => {
    const store = await lake.createEventDataStore({ name: 'growing' })
    await lake.import(join(trails, 'invictus-2023'), { into: store.id })
    const result = await lake.query('SELECT eventID FROM growing')
    await lake.import(join(trails, 'versions'), { into: store.id })
    expect(await one('SELECT count(*) FROM growing')).toEqual([2920])
    expect(await result.toArray()).toHaveLength(2900)
  })

  test('is stopped by a signal, before and while its rows are taken', async () => {
    expect((await errorOf(lake.query('SELECT 1', { signal: AbortSignal.abort() }))).code).toBe('CANCELLED')
    const controller = new AbortController()
    const result = await lake.query('SELECT a.eventID FROM org a CROSS JOIN org b', { signal: controller.signal })
    let taken = 0
    const loop = (async () => {
      for await (const _ of result) if (++taken === 5000) controller.abort()
    })()
    expect((await errorOf(loop)).code).toBe('CANCELLED')
    expect(taken).toBeGreaterThanOrEqual(5000)
  })

  test('has a time limit', async () => {
    const slow =
      'SELECT count(*) FROM "Trail.one" a CROSS JOIN "Trail.one" b CROSS JOIN "Trail.one" c WHERE a.eventID || b.eventID < c.eventID'
    const error = await errorOf(lake.query(slow, { timeoutMs: 40 }))
    expect([error.code, error.reason]).toEqual(['EXCEEDED_TIME_LIMIT', 'Query exceeded the time limit of 40 ms'])
  })

  test('frees what it held when its loop is left', async () => {
    const result = await lake.query('SELECT a.eventID FROM org a CROSS JOIN org b')
    for await (const row of result) if (row) break
    expect(result.statistics.rows).toBeGreaterThan(0)
    await result.close()
    await result[Symbol.asyncDispose]()
  })

  test('does not mind others beside it', async () => {
    const counts = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const store = i % 2 === 0 ? 'org' : '"Trail.one"'
        return (await rows(`SELECT eventID, ${i} FROM ${store}`)).length
      }),
    )
    expect(counts).toEqual(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 412 : 2900)))
  })
})

describe('errors', () => {
  test('of the text have Trino\u2019s code, message and place, before anything runs', async () => {
    const error = await errorOf(lake.query('SELECT eventNme\nFROM org'))
    expect([error.code, error.kind, error.message]).toEqual([
      'COLUMN_NOT_FOUND',
      'USER_ERROR',
      "line 1:8: Column 'eventnme' cannot be resolved",
    ])
    expect(renderError(error)).toContain('1 | SELECT eventNme\n  |        ^^^^^^^^')
  })

  test('of the run carry Trino\u2019s code, and no word of the engine', async () => {
    const error = await errorOf(rows('SELECT CAST(eventName AS bigint) FROM org'))
    expect([error.code, error.kind]).toEqual(['INVALID_CAST_ARGUMENT', 'USER_ERROR'])
    expect(error.message).toMatch(/^Cannot cast '\w+' to BIGINT$/)
  })

  test('a data file that is gone is named, without the folders above the lake', async () => {
    const other = await openLake(join(folder, 'damaged'), { create: true })
    const { store } = await other.import(join(trails, 'versions'), { into: 'damaged', layout: 'date' })
    const events = join(folder, 'damaged/stores', store.id, 'events')
    const day = readdirSync(events).find((name) => name.startsWith('date='))
    rmSync(join(events, day as string), { recursive: true })
    const error = await errorOf(other.query('SELECT count(*) FROM damaged').then((r) => r.toArray()))
    expect([error.code, error.kind]).toEqual(['DATA_FILE_DAMAGED', 'EXTERNAL'])
    expect(error.message).toContain(`stores/${store.id}/events/${day}`)
    expect(error.message).not.toContain(folder)
    await other.close()
  })

  test.each([
    [{ bigints: 'never' }, 'bigints'],
    [{ rowMode: 'rows' }, 'rowMode'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs'],
    [{ placeholders: { A: 1 } }, 'placeholders'],
    [{ rowmode: 'array' }, 'rowmode'],
  ])('refuses the options %j', async (options, name) => {
    const error = await errorOf(lake.query('SELECT 1', options as unknown as QueryOptions))
    expect([error.code, error.reason.split(' ')[1]]).toEqual(['INVALID_OPTION', name])
  })
})

describe('system tables', () => {
  test('stores', async () => {
    const sql =
      "SELECT name, schema, layout, arn FROM traillake.stores WHERE name LIKE '%Trail%' AND retention_days IS NULL AND created_at <= now()"
    expect(await rows(sql)).toEqual([
      { name: 'Trail.one', schema: 'events', layout: 'account-region-date', arn: trail.arn },
    ])
  })

  test('data_files and commits agree with the store', async () => {
    const sql = `SELECT s.name, d.n, d.events, c.added, d.bytes FROM traillake.stores s
      JOIN (SELECT event_data_store, count(*) n, sum(events) events, sum(size) bytes FROM traillake.data_files GROUP BY 1) d ON d.event_data_store = s.event_data_store
      JOIN (SELECT event_data_store, sum(events_added) added FROM traillake.commits GROUP BY 1) c ON c.event_data_store = s.event_data_store
      WHERE s.name IN ('org', 'by-date') ORDER BY 1`
    const answers = (await rows(sql, { rowMode: 'array' })) as unknown[][]
    for (const [name, files, events, added, bytes] of answers) {
      const described = await lake.describe(name as string)
      expect([files, events, added, bytes]).toEqual([
        described.dataFiles,
        described.events,
        described.events,
        described.bytes,
      ])
    }
    expect(answers).toHaveLength(2)
  })

  test('source_files is the ledger of every store', async () => {
    const sql = `SELECT s.name, count(*), sum(l.read), sum(l.kept), count_if(l.read <> l.kept + l.duplicate + l.filtered + l.quarantined)
      FROM TRAILLAKE.Source_Files l JOIN traillake.stores s ON s.event_data_store = l.event_data_store WHERE s.name IN ('org', 'Trail.one') GROUP BY 1 ORDER BY 1`
    expect(await rows(sql, { rowMode: 'array' })).toEqual([
      ['Trail.one', 55, 2900, 2900, 0],
      ['org', 106, 412, 412, 0],
    ])
  })

  test('every event leads to the file it came from', async () => {
    const sql = `SELECT count(*), count(l.source_key) FROM org e LEFT JOIN traillake.source_files l ON e."$source" = l.source_id AND l.event_data_store = (SELECT event_data_store FROM traillake.stores WHERE name = 'org') WHERE e."$record" >= 0`
    expect(await one(sql)).toEqual([412, 412])
  })
})
