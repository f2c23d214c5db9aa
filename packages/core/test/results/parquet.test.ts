import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openQueryEngine, type QueryEngine } from '../../src/engine/query-engine.ts'
import { type Lake, openLake } from '../../src/index.ts'
import { decodeRows, parquetSelect, valueForm } from '../../src/results/index.ts'
import { BIGINT, BOOLEAN, engineType, type LakeType, VARCHAR } from '../../src/schema/index.ts'
import { failure } from '../failure.ts'
import { typeCases } from './type-cases.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-parquet-'))
const temp = mkdtempSync(join(folder, 'temp-'))
let reader: QueryEngine
let lake: Lake

beforeAll(async () => {
  reader = await openQueryEngine({ allowedDirectories: [folder], memoryBytes: 1 << 28 })
  lake = await openLake(join(folder, 'lake'), { create: true, tempDirectory: temp })
  await lake.import(join(trails, 'versions'), { into: 'org' })
})
afterAll(async () => {
  await reader.close()
  await lake.close()
  expect(readdirSync(temp)).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

async function read(sql: string, types: readonly LakeType[]): Promise<readonly (readonly unknown[])[]> {
  const result = await reader.execute({ sql, views: [] })
  const rows: (readonly unknown[])[] = []
  const fields = types.map((type, i) => ({ name: `c${i}`, type }))
  for await (const chunk of result.chunks()) rows.push(...decodeRows(fields, chunk, valueForm('auto')))
  return rows
}

/** Name and type of each column of the file, as the engine reads them. */
const columnsOf = async (file: string) =>
  (await read(`SELECT name, coalesce(logical_type, duckdb_type) FROM parquet_schema('${file}')`, [VARCHAR, VARCHAR]))
    .slice(1)
    .map((row) => row.join(' '))

describe('values', () => {
  const written = async (sql: string, type: LakeType) => {
    const request = { sql: parquetSelect(`SELECT ${sql}`, [{ name: 'v', type }]), views: [], asParquet: true }
    const engine = await openQueryEngine({ allowedDirectories: [], memoryBytes: 1 << 28 })
    // The reader keeps what it has read of a path.
    const made = join(folder, `${randomUUID()}.parquet`)
    try {
      const result = await engine.execute(request)
      for await (const chunk of result.chunks()) {
        const [[rows, [path]]] = decodeRows(
          [
            { name: 'n', type: BIGINT },
            { name: 'f', type: { kind: 'array', element: VARCHAR } },
          ],
          chunk,
          valueForm('auto'),
        ) as [[number, [string]]]
        expect(rows).toBe(1)
        writeFileSync(made, readFileSync(path))
      }
      return made
    } finally {
      await engine.close()
    }
  }
  const holds = (type: LakeType, wanted: (type: LakeType) => boolean): boolean =>
    wanted(type) ||
    (type.kind === 'array' && holds(type.element, wanted)) ||
    (type.kind === 'map' && (holds(type.key, wanted) || holds(type.value, wanted))) ||
    (type.kind === 'row' && type.fields.some((field) => holds(field.type, wanted)))
  const isRefused = (type: LakeType) =>
    holds(
      type,
      (one) =>
        one.kind === 'ipaddress' ||
        (one.kind === 'time' && one.withTimeZone) ||
        (one.kind === 'timestamp' && one.withTimeZone && one.precision > 6),
    )
  const isInstant = (type: LakeType) => type.kind === 'timestamp' && type.withTimeZone
  const cases = typeCases.filter(({ type }) => !isRefused(type)).map(({ type, sql }) => [type, sql] as const)

  test.each(cases)('%j %s', async (type, sql) => {
    const path = await written(sql, type)
    const wanted = isInstant(type) ? `(${sql}).t AT TIME ZONE 'UTC'` : `CAST(${sql} AS ${engineType(type)})`
    // Inside of other values the types of instants differ.
    const isNested = !isInstant(type) && holds(type, isInstant)
    const same = isNested ? 'v IS NOT NULL' : `v IS NOT DISTINCT FROM ${wanted}`
    expect(await read(`SELECT ${same} FROM read_parquet('${path}')`, [BOOLEAN])).toEqual([[true]])
  })

  test.each(typeCases.map(({ type }) => type).filter(isRefused))('%j is refused', (type) => {
    expect(() => parquetSelect('SELECT 1', [{ name: 'odd', type }])).toThrow(/no type for column odd/)
  })
})

describe.each(['none', 'process'] as const)('isolation %s', (isolation) => {
  const file = join(folder, `${isolation}.parquet`)
  const empty = join(folder, `${isolation}-empty.parquet`)
  let own: Lake
  beforeAll(async () => {
    own = await openLake(join(folder, 'lake'), { readOnly: true, isolation, tempDirectory: temp })
  })
  afterAll(() => own.close())

  test('the file has the rows of the query, in their order', async () => {
    const sql = `SELECT eventID, eventTime, userIdentity, requestParameters, resources, 1 AS a, 2 AS "A", eventTime AT TIME ZONE 'UTC' AS at
      FROM org ORDER BY eventTime DESC, eventID`
    const answer = await own.writeParquet(file, sql)
    expect(answer.columns[0]).toEqual({ name: 'eventID', type: 'varchar' })
    const ids = (await (await own.query(sql, { rowMode: 'array' })).toArray()).map((row) => (row as unknown[])[0])
    expect(answer.statistics).toMatchObject({ rows: ids.length, filesScanned: expect.any(Number) })
    expect((await read(`SELECT "eventID" FROM read_parquet('${file}')`, [VARCHAR])).flat()).toEqual(ids)
    const columns = await columnsOf(file)
    expect(columns).toContainEqual(expect.stringMatching(/^eventTime TimestampType.*isAdjustedToUTC=0/))
    expect(columns).toContainEqual(expect.stringMatching(/^at TimestampType.*isAdjustedToUTC=1/))
    expect(columns.map((column) => column.split(' ')[0])).toEqual(expect.arrayContaining(['a', 'A_1', 'accountid']))
  })

  test('no row at all is a file with columns', async () => {
    await own.writeParquet(empty, `SELECT eventID, eventTime FROM org WHERE false`)
    expect(await read(`SELECT count(*) FROM read_parquet('${empty}')`, [BIGINT])).toEqual([[0]])
    expect((await columnsOf(empty)).length).toBe(2)
  })

  test('whatever fails leaves the old file and nothing else', async () => {
    rmSync(file, { force: true })
    writeFileSync(file, 'old')
    const before = readdirSync(folder)
    const ask = (sql: string, options?: object, path = file) => failure(own.writeParquet(path, sql, options))
    expect((await ask('SELECT nothing FROM org')).code).toBe('COLUMN_NOT_FOUND')
    expect((await ask('SELECT CAST(eventID AS bigint) FROM org')).code).toBe('INVALID_CAST_ARGUMENT')
    expect((await ask("SELECT CAST('::1' AS ipaddress) AS ip")).message).toContain('column ip, ipaddress')
    expect((await ask('SELECT eventID FROM org', { maxRows: 3 })).code).toBe('EXCEEDED_RESULT_LIMIT')
    expect((await ask('SELECT eventID FROM org', { signal: AbortSignal.abort() })).code).toBe('CANCELLED')
    expect((await ask('SELECT eventID FROM org', {}, join(folder, 'no/such'))).code).toBe('STORAGE_ERROR')
    expect((await ask('SELECT eventID FROM org', {}, '')).code).toBe('INVALID_OPTION')
    const slow = `SELECT count(*) FROM ${Array.from({ length: 12 }, (_, i) => `org t${i}`).join(' CROSS JOIN ')} WHERE t0.eventID || t1.eventID < t11.eventID`
    expect((await ask(slow, { timeoutMs: 100 })).code).toBe('EXCEEDED_TIME_LIMIT')
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(before)
    // What was stopped is removed once the engine has stopped; nobody waits for that.
    await vi.waitFor(() => expect(readdirSync(temp, { recursive: true }).join()).not.toContain('.parquet'), 5000)
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })
})

const python = process.env.TRAILLAKE_PYTHON ?? 'python3'
const hasPyarrow = spawnSync(python, ['-c', 'import pyarrow.parquet']).status === 0
if (!hasPyarrow) console.warn('skipped: no python with pyarrow to read the Parquet files (set TRAILLAKE_PYTHON)')

test.skipIf(!hasPyarrow)('pyarrow reads nested values, members by their names', async () => {
  const path = join(folder, 'nested.parquet')
  await lake.writeParquet(
    path,
    `SELECT ARRAY[CAST(ROW(1, ARRAY[TIMESTAMP '2024-05-01 10:00:00 +02:00']) AS ROW(Num integer, at array(timestamp(3) with time zone))), NULL] AS a,
      MAP(ARRAY['k'], ARRAY[ROW(DATE '2024-05-01', NULL)]) AS m, CAST(NULL AS map(varchar, bigint)) AS n, DECIMAL '1.50' AS d`,
  )
  const script = `import sys, json, pyarrow.parquet as pq; print(json.dumps(pq.read_table(sys.argv[1]).to_pylist(), default=str))`
  const child = spawnSync(python, ['-c', script, path], { encoding: 'utf8' })
  expect(child.stderr).toBe('')
  expect(JSON.parse(child.stdout)).toEqual([
    {
      a: [{ num: 1, at: ['2024-05-01 08:00:00+00:00'] }, null],
      m: [['k', { f1: '2024-05-01', f2: null }]],
      n: null,
      d: '1.50',
    },
  ])
})
