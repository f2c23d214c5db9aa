import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, traillake, trails } from './traillake.ts'

/** A folder with a lake in it, and the command in that folder. */
async function lakeFolder() {
  const folder = emptyFolder()
  const run = async (...args: string[]) => traillake(folder, args)
  expect((await run('import', join(trails, 'versions'), '--store', 'org')).code).toBe(0)
  return run
}

test('explain tells what is read and why, without running it', async () => {
  const run = await lakeFolder()
  const explained = await run(
    'explain',
    "SELECT count(*) FROM $S WHERE awsRegion = ? AND lower(recipientAccountId) = 'x'",
    '--set',
    'S=org',
    '-p',
    'nowhere-1',
  )
  expect(explained.stdout).toMatch(/^org, version 1: 0 of \d+ data files, 0 B of [\d.]+ kB\n {2}awsRegion: nowhere-1\n/)
  expect(explained.stdout).toContain("note: lower(recipientAccountId) = 'x' is checked row by row: it skips no file")
  expect(explained.stdout).not.toContain('SELECT CAST')
  expect((await run('explain', 'SELECT count(*) FROM org', '--sql')).stdout).toContain(
    'SELECT CAST(count(*) AS BIGINT)',
  )
  const json = JSON.parse((await run('explain', 'SELECT eventID FROM org', '--json')).stdout)
  expect([json.columns, json.filesKept]).toEqual([[{ name: 'eventID', type: 'varchar' }], json.filesKnown])
  expect((await run('explain', 'SELECT 1')).stdout).toBe('reads no table\n')
  expect((await run('explain', 'SELECT nothing FROM org')).code).toBe(1)
})

test('values of ? are what they look like, and never SQL', async () => {
  const run = await lakeFolder()
  const ask = async (...values: string[]) => {
    const sql = `SELECT ${values.map((_, i) => `typeof(?) AS t${i}, CAST(? AS varchar) AS v${i}`).join(', ')}`
    const { stdout } = await run(
      'query',
      sql,
      ...values.flatMap((value) => [`--parameter=${value}`, `--parameter=${value}`]),
    )
    return Object.values(JSON.parse(stdout))
  }
  expect(await ask('12', '9007199254740993', 'true', '"12"', "x' OR '1'='1")).toEqual([
    'integer',
    '12',
    'bigint',
    '9007199254740993',
    'boolean',
    'true',
    'varchar(2)',
    '12',
    'varchar(12)',
    "x' OR '1'='1",
  ])
  expect((await run('query', 'SELECT ?')).stderr).toContain('INVALID_PARAMETER_USAGE')
  const limited = await run('query', 'SELECT eventID FROM org', '--max-rows', '5')
  expect([limited.code, limited.stderr]).toEqual([4, expect.stringContaining('EXCEEDED_RESULT_LIMIT')])
  expect((await run('query', "SELECT count(*) AS n FROM org WHERE awsRegion = 'x'", '--no-prune')).stdout).toBe(
    '{"n":0}\n',
  )
})

test('a remembered query is listed, shown, repeated and forgotten', async () => {
  const run = await lakeFolder()
  expect((await run('queries')).stdout).toContain('no queries are remembered')
  await run('query', 'SELECT count(*) AS n FROM org')
  expect((await run('queries')).stdout).toContain('no queries are remembered')
  expect((await run('query', '--remember', 'SELECT count(*) AS n FROM org')).stdout).toBe('{"n":20}\n')
  await run('query', '--remember', 'SELECT count(*) AS n FROM traillake.stores')
  const [stores, events] = JSON.parse((await run('queries', 'list', '--json')).stdout)
  expect((await run('queries')).stdout).toMatch(/FINISHED[\s\S]*SELECT count\(\*\) AS n FROM org/)
  expect((await run('queries', 'show', events.id)).stdout).toMatch(
    /org 1[\s\S]*DuckDB v[\s\S]*SELECT count\(\*\) AS n FROM org\n$/,
  )
  await run('import', join(trails, 'panther-org'), '--store', 'org')
  await run('stores', 'create', 'another')
  const same = await run('queries', 'repeat', events.id.slice(0, 8))
  expect([same.code, same.stdout]).toEqual([0, expect.stringMatching(/^the same 1 row\n/)])
  const other = await run('queries', 'repeat', stores.id)
  expect([other.code, other.stdout]).toEqual([3, expect.stringMatching(/^other rows/)])
  expect((await run('queries', 'forget', events.id)).code).toBe(0)
  const gone = await run('queries', 'show', events.id)
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('QUERY_NOT_FOUND')])
})

test('a query with a name is saved, run and dropped', async () => {
  const run = await lakeFolder()
  await run('queries', 'save', 'since', 'SELECT count(*) AS n FROM $S WHERE eventTime > ?', '--description', 'how many')
  expect((await run('queries', 'saved')).stdout).toMatch(/since[^\n]*how many/)
  expect((await run('queries', 'run', 'since', '--set', 'S=org', '-p', '2000-01-01')).stdout).toBe('{"n":20}\n')
  expect((await run('queries', 'save', 'since', 'DROP TABLE org')).code).toBe(1)
  expect((await run('queries', 'drop', 'since')).code).toBe(0)
  expect((await run('queries', 'run', 'since')).stderr).toContain('QUERY_NOT_FOUND')
})

test('an answer goes to a file, in the format of its name, whole or not at all', async () => {
  const folder = emptyFolder()
  const run = (...args: string[]) => traillake(folder, args)
  await run('import', join(trails, 'versions'), '--store', 'org')
  const sql = 'SELECT eventName, count(*) AS n FROM org GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2'
  for (const name of ['a.csv', 'a.json', 'a.ndjson', 'a.parquet', 'a.arrow'])
    expect(await run('query', sql, '--output', name)).toEqual({ code: 0, stdout: '', stderr: '' })
  const shown = (await run('query', sql, '--format', 'csv')).stdout
  expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe(shown)
  expect(JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')).rows).toHaveLength(2)
  expect(readFileSync(join(folder, 'a.parquet')).subarray(-4).toString()).toBe('PAR1')
  const stats = await run('query', sql, '-o', 'b.parquet', '--stats', '--isolation', 'process')
  expect(JSON.parse(stats.stderr).rows).toBe(2)
  expect((await run('query', sql, '--format', 'parquet')).stderr).toContain('parquet needs a file: --output FILE')
  expect((await run('query', sql, '-o', 'c.parquet', '--remember')).stderr).toContain('--remember')
  const failed = await run('query', 'SELECT CAST(eventName AS bigint) FROM org', '-o', 'd.csv')
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('INVALID_CAST_ARGUMENT')])
  const elsewhere = await run('query', sql, '-o', 'no/such/e.csv')
  expect([elsewhere.code, elsewhere.stderr]).toEqual([4, expect.stringContaining('STORAGE_ERROR')])
  await run('queries', 'save', 'top', sql)
  expect((await run('queries', 'run', 'top', '-o', 'top.csv', '--isolation', 'process')).code).toBe(0)
  expect(readFileSync(join(folder, 'top.csv'), 'utf8')).toBe(shown)
  expect(readdirSync(folder).sort()).toEqual(
    ['a.arrow', 'a.csv', 'a.json', 'a.ndjson', 'a.parquet', 'b.parquet', 'lake', 'top.csv'].sort(),
  )
})

test('a view is created, read, shown and dropped', async () => {
  const run = await lakeFolder()
  expect((await run('views')).stdout).toContain('there is no view yet')
  await run('views', 'create', 'names', 'SELECT eventName AS name FROM org', '--description', 'all names')
  expect((await run('views')).stdout).toMatch(/names\W+all names\W+SELECT eventName/)
  expect((await run('query', 'SELECT count(name) AS n FROM names')).stdout).toBe('{"n":20}\n')
  expect((await run('views', 'show', 'NAMES')).stdout).toBe('SELECT eventName AS name FROM org\n')
  const circle = await run('views', 'create', 'names', 'SELECT * FROM names')
  expect([circle.code, circle.stderr]).toEqual([1, expect.stringContaining('INVALID_VIEW')])
  expect((await run('views', 'drop', 'names')).stdout).toBe('dropped names\n')
  expect((await run('views', 'show', 'names')).stderr).toContain('VIEW_NOT_FOUND')
})
