import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { emptyFolder, traillake } from './traillake.ts'

/** A folder with files by their paths. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = emptyFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const FORMATTED = '-- who\nSELECT eventName FROM org;\n'

describe('fmt', () => {
  const files = {
    'q/done.sql': FORMATTED,
    'q/sub/raw.sql': '-- who\nselect eventName\nfrom org;',
    'q/notes.txt': 'select',
    'q/.hidden/raw.sql': 'select 1',
    'q/node_modules/raw.sql': 'select 1',
  }

  it('lays out what is not, in a folder and all below it, and names it', async () => {
    const folder = folderOf(files)
    chmodSync(join(folder, 'q/sub/raw.sql'), 0o640)
    expect(await traillake(folder, ['fmt', 'q'])).toEqual({ code: 0, stdout: 'q/sub/raw.sql\n', stderr: '' })
    expect(readFileSync(join(folder, 'q/sub/raw.sql'), 'utf8')).toBe(FORMATTED)
    expect(statSync(join(folder, 'q/sub/raw.sql')).mode & 0o777).toBe(0o640)
    expect(readdirSync(join(folder, 'q/sub'))).toEqual(['raw.sql'])
    for (const path of ['q/notes.txt', 'q/.hidden/raw.sql', 'q/node_modules/raw.sql'] as const)
      expect(readFileSync(join(folder, path), 'utf8')).toBe(files[path])
    expect(await traillake(folder, ['fmt', 'q', '--check'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('changes nothing with --check, and ends with 1', async () => {
    const folder = folderOf(files)
    expect(await traillake(folder, ['fmt', '--check', 'q'])).toEqual({ code: 1, stdout: 'q/sub/raw.sql\n', stderr: '' })
    expect(readFileSync(join(folder, 'q/sub/raw.sql'), 'utf8')).toBe(files['q/sub/raw.sql'])
  })

  it('leaves a file with an error alone, does the others, and ends with 1', async () => {
    const folder = folderOf({ 'a.sql': 'select 1 +', 'b.sql': 'select 1' })
    const run = await traillake(folder, ['fmt', 'a.sql', './b.sql'])
    expect(run).toMatchObject({ code: 1, stdout: 'b.sql\n' })
    expect(run.stderr).toMatch(/^a\.sql:1:11: mismatched input '<EOF>'.*\[SYNTAX_ERROR\]$/m)
    expect(readFileSync(join(folder, 'a.sql'), 'utf8')).toBe('select 1 +')
    expect(readFileSync(join(folder, 'b.sql'), 'utf8')).toBe('SELECT 1\n')
  })

  it('reads standard input and prints', async () => {
    const wide = 'select a, b, c from t where x = 1 and y = 2'
    expect(await traillake(emptyFolder(), ['fmt', '-', '--width', '30'], { input: wide })).toEqual({
      code: 0,
      stdout: 'SELECT a, b, c\nFROM t\nWHERE x = 1 AND y = 2\n',
      stderr: '',
    })
    expect(await traillake(emptyFolder(), ['fmt', '-', '--check'], { input: wide })).toMatchObject({
      code: 1,
      stdout: '',
    })
    expect(await traillake(emptyFolder(), ['fmt', '-', '--check'], { input: 'SELECT 1\n' })).toMatchObject({ code: 0 })
  })
})

describe('check', () => {
  const files = {
    'q/fine.sql': "SELECT eventName, count(*) FROM org WHERE eventTime > '2024-01-01' GROUP BY 1",
    'q/id.sql': 'SELECT eventName FROM 5e2676f8-9fce-46ef-8142-3e36a94e6691 JOIN $EDS_ID USING (eventName)',
    'q/sub/wrong.sql': "SELECT 'é', eventNme,\n  cout(*) FROM org\n",
  }
  const wrong = [
    {
      ...{ file: 'q/sub/wrong.sql', line: 1, column: 13, endLine: 1, endColumn: 21, code: 'COLUMN_NOT_FOUND' },
      ...{ message: "Column 'eventnme' cannot be resolved", hint: 'did you mean eventname?' },
    },
    {
      ...{ file: 'q/sub/wrong.sql', line: 2, column: 3, endLine: 2, endColumn: 10, code: 'FUNCTION_NOT_FOUND' },
      ...{ message: "Function 'cout' not registered", hint: 'did you mean count?' },
    },
  ]

  it('says what is wrong, where, and what to type instead', async () => {
    expect(await traillake(folderOf(files), ['check', 'q'])).toEqual({
      code: 1,
      stderr: '',
      stdout: `q/sub/wrong.sql:1:13: Column 'eventnme' cannot be resolved [COLUMN_NOT_FOUND]
1 | SELECT 'é', eventNme,
  |             ^^^^^^^^
hint: did you mean eventname?

q/sub/wrong.sql:2:3: Function 'cout' not registered [FUNCTION_NOT_FOUND]
2 |   cout(*) FROM org
  |   ^^^^^^^
hint: did you mean count?

3 files checked, 2 problems
`,
    })
  })

  it('ends with 0 when nothing is wrong', async () => {
    expect(await traillake(folderOf(files), ['check', 'q/fine.sql', 'q/id.sql'])).toEqual({
      ...{ code: 0, stderr: '', stdout: '2 files checked, nothing wrong\n' },
    })
  })

  it('prints JSON', async () => {
    const run = await traillake(folderOf(files), ['check', 'q', '--format', 'json'])
    expect(run.code).toBe(1)
    expect(JSON.parse(run.stdout)).toEqual({ files: 3, problems: wrong })
  })

  it('prints SARIF', async () => {
    const run = await traillake(folderOf(files), ['check', 'q', '--format', 'sarif'])
    expect(run.code).toBe(1)
    const report = JSON.parse(run.stdout)
    expect(report).toMatchObject({ version: '2.1.0', runs: [{ columnKind: 'unicodeCodePoints' }] })
    const [{ tool, results }] = report.runs
    expect(tool.driver.rules).toEqual([{ id: 'COLUMN_NOT_FOUND' }, { id: 'FUNCTION_NOT_FOUND' }])
    expect(results).toMatchObject(
      wrong.map(({ file, line, column, endLine, endColumn, code, message, hint }, ruleIndex) => ({
        ...{ ruleId: code, ruleIndex, level: 'error', message: { text: `${message}\n${hint}` } },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: file },
              region: { startLine: line, startColumn: column, endLine, endColumn },
            },
          },
        ],
      })),
    )
  })

  it('knows the stores of a lake that is named', async () => {
    const folder = folderOf({
      ...files,
      'other.sql': 'SELECT 1 FROM orgs',
      'table.sql': 'SELECT * FROM traillake.stores',
    })
    await traillake(folder, ['stores', 'create', 'org'])
    expect(await traillake(folder, ['check', 'other.sql', 'q/fine.sql'])).toMatchObject({ code: 0 })
    for (const args of [['--lake', 'lake'], []]) {
      const env = args.length > 0 ? {} : { TRAILLAKE_LAKE: 'lake' }
      const run = await traillake(folder, ['check', 'other.sql', 'q/fine.sql', 'table.sql', ...args], { env })
      expect(run.code).toBe(1)
      expect(run.stdout).toMatch(/^other\.sql:1:15: .*'orgs' does not exist \[TABLE_NOT_FOUND\]$/m)
      expect(run.stdout).toContain('3 files checked, 1 problem\n')
    }
  })
})

test.each([
  [['fmt', 'nowhere.sql'], 'SOURCE_NOT_FOUND'],
  [['check', 'nowhere'], 'SOURCE_NOT_FOUND'],
  [['check', '.'], 'holds no .sql file'],
  [['fmt', '.'], 'holds no .sql file'],
  [['fmt', '-', 'a.sql'], 'exclude each other'],
])('%j ends with 1', async (args, message) => {
  const run = await traillake(emptyFolder(), args)
  expect(run.stderr).toContain(message)
  expect(run).toMatchObject({ code: 1, stdout: '' })
})
