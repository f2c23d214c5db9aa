import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake } from '@traillake/core'
import { layoutTable } from '@traillake/core/sql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCompleter } from '../src/shell/completer.ts'
import { openHistoryFile } from '../src/shell/history-file.ts'
import { createStatementBuffer } from '../src/shell/statement-buffer.ts'
import { main } from './traillake.ts'

const folder = mkdtempSync(join(tmpdir(), 'traillake-shell-'))
const location = join(folder, 'lake')

beforeAll(async () => {
  const lake = await openLake(location, { create: true })
  await lake.import(join(import.meta.dirname, '../../../test-data/trails/versions'), { into: 'org' })
  await lake.savedQueries.save('count', 'SELECT count(*) AS n FROM org')
  await lake.views.create('names', 'SELECT eventName FROM org')
  await lake.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('statements', () => {
  test.each<[readonly string[], readonly string[], string]>([
    [['SELECT 1;'], ['SELECT 1'], ''],
    [['SELECT', '1', ';'], ['SELECT\n1'], ''],
    [['SELECT 1; SELECT 2; SELECT'], ['SELECT 1', 'SELECT 2'], ' SELECT'],
    [["SELECT ';', 'it''s;' -- ; here", ';'], ["SELECT ';', 'it''s;' -- ; here"], ''],
    [['SELECT ";" /* ;', '; */ FROM t;'], ['SELECT ";" /* ;\n; */ FROM t'], ''],
    [["SELECT 'open ;"], [], "SELECT 'open ;"],
    [['SELECT /* open ;'], [], 'SELECT /* open ;'],
    [[';;', '  '], [], ''],
  ])('%j', (lines, statements, pending) => {
    const buffer = createStatementBuffer()
    expect(lines.flatMap((line) => buffer.add(line))).toEqual(statements)
    expect(buffer.pending).toBe(pending)
    buffer.clear()
    expect(buffer.pending).toBe('')
  })
})

describe('completion', () => {
  const table = layoutTable('org', 'events')
  const catalog = {
    table: (parts: readonly string[]) => (parts[0] === 'org' ? table : undefined),
    tableNames: () => ['org', 'other'],
  }
  const at = (line: string, pending = '') =>
    createCompleter(
      async () => catalog,
      () => pending,
    )(line)

  test('of columns, tables and commands, also in a later line', async () => {
    expect((await at('SELECT * FROM or'))[0]).toContain('org')
    expect(await at('  and eventNa', 'SELECT * FROM org WHERE true')).toEqual([['eventname'], 'eventNa'])
    expect(await at('\\e')).toEqual([['\\explain'], '\\e'])
    expect(await at('\\d oth')).toEqual([['other'], 'oth'])
    expect((await at('\\explain SELECT * FROM ot'))[0]).toEqual(['other'])
  })
})

describe('history', () => {
  test('is kept for the owner alone, newest first, and can be turned off', () => {
    const path = join(folder, 'state/history')
    const file = openHistoryFile({ TRAILLAKE_HISTORY: path })
    expect(file.read()).toEqual([])
    file.write(['new', 'old'])
    expect(readFileSync(path, 'utf8')).toBe('old\nnew\n')
    expect(file.read()).toEqual(['new', 'old'])
    openHistoryFile({ TRAILLAKE_HISTORY: '' }).write(['x'])
    expect(existsSync('')).toBe(false)
  })
})

describe('a script', () => {
  const shell = (input: string, ...args: string[]) =>
    spawnSync(process.execPath, [main, '--lake', location, 'shell', ...args], { input, encoding: 'utf8' })

  test('is answered statement by statement; the last one needs no semicolon', () => {
    const run = shell("SELECT 1 AS a; SELECT\n';' AS b;\n\\run count\n\\format csv\nSELECT 2 AS c")
    expect(run.stdout).toBe('{"a":1}\n{"b":";"}\n{"n":20}\nanswers are printed as csv\nc\n2\n')
    expect([run.stderr, run.status]).toEqual(['', 0])
  })

  test('goes on after what fails, and ends with its exit code', () => {
    const run = shell('SELECT nothing FROM org;\n\\nothing\n\\format x\n\\d nothing\nSELECT 3 AS a;', '--format', 'csv')
    expect(run.stdout).toBe('a\n3\n')
    expect(run.stderr).toMatch(
      /COLUMN_NOT_FOUND[\s\S]*\\nothing is unknown[\s\S]*\\format must be[\s\S]*no event data store nothing/,
    )
    expect(run.status).toBe(1)
  })

  test('\\d lists stores and columns, \\explain what is read, \\q ends', () => {
    const run = shell(
      "\\d\n\\d names\n\\d traillake.stores\n\\explain SELECT 1 FROM org WHERE awsRegion = 'x'\n\\q\nSELECT 987654321;",
    )
    expect(run.stdout).toMatch(
      /org[\s\S]*views: names\n[\s\S]*traillake\.commits[\s\S]*view names:\nSELECT eventName FROM org\n[\s\S]*retention_days[\s\S]*org, version 1: 0 of \d+ data files/,
    )
    expect(run.stdout).not.toContain('987654321')
    expect(run.status).toBe(0)
  })
})
