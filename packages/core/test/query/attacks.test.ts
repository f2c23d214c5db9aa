import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isTraillakeError, type Lake, openLake } from '../../src/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const folder = mkdtempSync(join(tmpdir(), 'traillake-attacks-'))
const location = join(folder, 'lake')
const secret = join(folder, 'secret.csv')
const SECRET = 'the words that no answer may hold'
const lakes = new Map<string, Lake>()

beforeAll(async () => {
  writeFileSync(secret, `a\n${SECRET}\n`)
  const lake = await openLake(location, { create: true })
  await lake.import(join(trails, 'versions'), { into: 'org' })
  await lake.close()
  for (const isolation of ['none', 'process'] as const) lakes.set(isolation, await openLake(location, { isolation }))
})
afterAll(async () => {
  for (const lake of lakes.values()) await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Names, sizes and contents of everything below the folder. */
function state(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    hash.update(`${name}\n`)
    if (statSync(join(folder, name)).isFile()) hash.update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex')
}

const dataFile = () =>
  join(
    location,
    'stores',
    readdirSync(join(location, 'stores'), { recursive: true, encoding: 'utf8' }).find(
      (name) => name.includes('events') && name.endsWith('.parquet'),
    )!,
  )

const attacks: readonly string[] = [
  `SELECT * FROM read_csv('${secret}')`,
  `SELECT * FROM read_text('${secret}')`,
  `SELECT * FROM TABLE(read_text('${secret}'))`,
  `SELECT * FROM "${secret}"`,
  `SELECT * FROM '${secret}'`,
  `SELECT * FROM org, "${secret}"`,
  `SELECT * FROM "read_text('${secret}')"`,
  `SELECT read_text('${secret}')`,
  `SELECT content FROM (SELECT * FROM "../secret.csv")`,
  `SELECT * FROM "DATA_FILE"`,
  `SELECT * FROM parquet_metadata('DATA_FILE')`,
  `SELECT * FROM org UNION ALL SELECT * FROM "DATA_FILE"`,
  `SELECT * FROM duckdb_settings()`,
  `SELECT * FROM duckdb_views`,
  `SELECT * FROM sqlite_master`,
  `SELECT * FROM main.pragma_version`,
  `SELECT * FROM pg_catalog.pg_tables`,
  `SELECT * FROM system.information_schema.tables`,
  `SELECT current_setting('temp_directory')`,
  `SELECT getenv('HOME')`,
  `SELECT getvariable('x')`,
  `SELECT query('SELECT 1')`,
  `SELECT * FROM query('SELECT 1')`,
  `SELECT * FROM query_table('org')`,
  `SELECT nextval('s')`,
  `SELECT pg_sleep(1)`,
  `SELECT error('x')`,
  `SELECT write_log('x')`,
  `SELECT json_execute_serialized_sql('x')`,
  `SELECT * FROM glob('/etc/*')`,
  `SELECT COLUMNS('.*') FROM org`,
  `SELECT * EXCLUDE (eventName) FROM org`,
  `FROM org`,
  `COPY org TO '${join(folder, 'out.csv')}'`,
  `COPY (SELECT 1) TO 'DATA_FILE' (FORMAT parquet, USE_TMP_FILE false)`,
  `EXPORT DATABASE '${folder}'`,
  `ATTACH '${join(folder, 'x.db')}'`,
  `CREATE TABLE t AS SELECT 1`,
  `CREATE OR REPLACE VIEW org AS SELECT 1`,
  `INSERT INTO org VALUES (1)`,
  `DELETE FROM org`,
  `DROP TABLE org`,
  `SET memory_limit = '1TB'`,
  `PRAGMA database_list`,
  `INSTALL httpfs`,
  `LOAD httpfs`,
  `CALL enable_logging()`,
  `EXPLAIN ANALYZE SELECT 1`,
  `SELECT 1; COPY (SELECT 1) TO '${join(folder, 'out.csv')}'`,
  `SELECT 1 /* ; */; DROP VIEW org`,
  `WITH x AS (DELETE FROM org RETURNING *) SELECT * FROM x`,
  `SELECT 1 INTO OUTFILE '${join(folder, 'out.csv')}'`,
]

/** Texts that try to leave their place: each must come back as exactly what it is. */
const texts: readonly string[] = [
  `'; COPY (SELECT 1) TO '${join(folder, 'out.csv')}'; --`,
  `' || (SELECT content FROM read_text('${secret}')) || '`,
  `\\'; SELECT 1; --`,
  `$$; SELECT 1; $$`,
  `"; DROP VIEW org; --`,
  `*/ ; SELECT 1 /*`,
  `{{x}} \${x} %s :x ?`,
  `\u2019; SELECT 1`,
  `E'\\x27; SELECT 1'`,
]

describe.each(['none', 'process'] as const)('isolation %s', (isolation) => {
  const ask = async (sql: string, options: object = {}) =>
    (await (await lakes.get(isolation)!.query(sql, { rowMode: 'array', ...options })).toArray()) as unknown[][]

  test('no query reads outside the lake, writes anywhere, or reaches the engine’s own words', async () => {
    const before = state()
    for (const attack of attacks) {
      const sql = attack.replaceAll('DATA_FILE', dataFile())
      let outcome: unknown
      try {
        outcome = await ask(sql)
      } catch (error) {
        outcome = error
      }
      expect(isTraillakeError(outcome), `${sql}: ${JSON.stringify(outcome)?.slice(0, 200)}`).toBe(true)
      // Refused as a text: it never came to the engine.
      expect((outcome as { kind: string }).kind, sql).toBe('USER_ERROR')
      expect(String((outcome as Error).cause ?? ''), sql).not.toMatch(/Permission Error|IO Error/)
      expect(JSON.stringify(outcome) + String(outcome)).not.toContain(SECRET)
    }
    expect(state()).toBe(before)
  })

  test.each(texts)('the text %j stays a text', async (text) => {
    const before = state()
    const literal = `'${text.replaceAll("'", "''")}'`
    const name = `"${text.replaceAll('"', '""')}"`
    expect(await ask(`SELECT ${literal}`)).toEqual([[text]])
    expect(await ask('SELECT ?', { parameters: [text] })).toEqual([[text]])
    const result = await lakes.get(isolation)!.query(`SELECT ${name} FROM (SELECT 1 AS ${name}) AS ${name}`)
    expect(result.columns[0]?.name).toBe(text)
    expect(await result.toArray()).toHaveLength(1)
    expect(await ask(`SELECT count(*) FROM org WHERE eventName = ${literal} OR eventName LIKE ${literal}`)).toEqual([
      [0],
    ])
    await expect(ask(`SELECT * FROM ${name}`)).rejects.toThrow(/does not exist/)
    await expect(ask('SELECT * FROM $S', { placeholders: { S: text } })).rejects.toThrow(/does not exist/)
    expect(state()).toBe(before)
  })
})
