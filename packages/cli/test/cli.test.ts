import { cpSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { emptyFolder, type Run, traillake, trails } from './traillake.ts'

const ACCOUNTING = /^read ([\d,]+) = kept ([\d,]+) \+ duplicate ([\d,]+) \+ filtered ([\d,]+) \+ quarantined ([\d,]+)$/m

function accounting(run: Run): number[] {
  const match = ACCOUNTING.exec(run.stdout)
  expect(match, run.stdout + run.stderr).not.toBeNull()
  return match!.slice(1).map((text) => Number(text.replaceAll(',', '')))
}

describe('help', () => {
  test.each(['import', 'query', 'stores', 'schema', 'translate', 'fmt', 'check', 'serve', 'demo'])(
    'of %s has a usage line and no engine behind it',
    async (command) => {
      const run = await traillake(emptyFolder(), [command, '--help'])
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(run.stdout).toMatch(new RegExp(`^Usage: traillake ${command} `))
    },
  )

  it('lists every command and ends with examples', async () => {
    const run = await traillake(emptyFolder(), ['--help'])
    expect(run.code).toBe(0)
    for (const command of ['import', 'query', 'stores', 'schema', 'translate', 'fmt', 'check', 'serve', 'demo'])
      expect(run.stdout).toContain(`\n  ${command}`)
    expect(run.stdout).toContain('Examples:')
  })

  it('prints the package version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await traillake(emptyFolder(), ['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
  })
})

test.each([
  [{ CI: 'true' }, false],
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('with %j what is no terminal is coloured: %s', async (env, coloured) => {
  const run = await traillake(emptyFolder(), ['query', 'SELECT 1'], { env })
  expect(run.stderr).toContain('LAKE_NOT_FOUND')
  expect(run.stderr.includes('\u001b[')).toBe(coloured)
})

describe('a wrong command line ends with 2', () => {
  test.each([
    [['imprt'], "unknown command 'imprt'"],
    [['import', '.'], "required option '-s, --store <name>'"],
    [['import', '--store', 'x'], "missing required argument 'source'"],
    [['import', '.', '--store', 'x', '--layout', 'weekly'], 'Allowed choices are'],
    [['import', '.', '--store', 'x', '--workers', 'many'], 'whole number'],
    [['query', 'SELECT 1', '--format', 'xml'], 'Allowed choices are'],
    [['query', 'SELECT 1', '--set', 'x'], 'NAME=store'],
    [['stores', 'delete', 'x'], '--yes'],
  ])('%j', async (args, message) => {
    const run = await traillake(emptyFolder(), args)
    expect(run.stderr).toContain(message)
    expect(run.code).toBe(2)
  })
})

describe('over a lake', () => {
  let folder: string
  let first: Run

  beforeAll(async () => {
    folder = (await import('node:fs')).mkdtempSync(join((await import('node:os')).tmpdir(), 'traillake-cli-lake-'))
    cpSync(join(trails, 'invictus-2023'), join(folder, 'trails'), { recursive: true })
    first = await traillake(folder, ['import', 'trails', '--store', 'org'])
    return async () => (await import('node:fs')).rmSync(folder, { recursive: true, force: true })
  })

  it('imports and prints what came of every record', () => {
    expect(first.code, first.stderr).toBe(0)
    expect(accounting(first)).toEqual([2900, 2900, 0, 0, 0])
  })

  it('reads nothing the second time', async () => {
    const again = await traillake(folder, ['import', 'trails', '--store', 'org'])
    expect(again.code).toBe(0)
    expect(accounting(again)).toEqual([0, 0, 0, 0, 0])
    expect(again.stdout).toContain('every file is in the ledger')
  })

  it('writes nothing in a dry run', async () => {
    const run = await traillake(folder, ['import', 'trails', '--store', 'other', '--dry-run'])
    expect(accounting(run)[0]).toBe(2900)
    expect(run.stderr).toContain('would create event data store other')
    expect((await traillake(folder, ['stores'])).stdout).not.toContain('other')
    const nowhere = await traillake(folder, ['import', 'trails', '--store', 'org', '--dry-run', '--lake', 'none/yet'])
    expect(nowhere.code).toBe(0)
    expect(accounting(nowhere)).toEqual([2900, 2900, 0, 0, 0])
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  it('says that it makes a lake, and what to do where there is none', async () => {
    expect(first.stderr).toContain(`created a lake in ${join(realpathSync(folder), 'lake')}\n`)
    const none = await traillake(folder, ['stores', '--lake', 'none'])
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toMatch(/^there is no lake at \S+none \[LAKE_NOT_FOUND\]\nhint: name its folder with --lake/)
  })

  const SQL =
    "SELECT eventSource, count(*) AS n FROM org WHERE eventSource LIKE 's%' GROUP BY eventSource ORDER BY n DESC, eventSource LIMIT 2"
  const ROWS = [
    ['ssm.amazonaws.com', 0],
    ['sts.amazonaws.com', 0],
  ] as [string, number][]

  beforeAll(async () => {
    const counts = new Map<string, number>()
    const { gunzipSync } = await import('node:zlib')
    const { readdirSync } = await import('node:fs')
    for (const entry of readdirSync(join(folder, 'trails'), { recursive: true, withFileTypes: true })) {
      if (!entry.name.endsWith('.json.gz')) continue
      const { Records } = JSON.parse(gunzipSync(readFileSync(join(entry.parentPath, entry.name))).toString()) as {
        Records: { eventSource: string }[]
      }
      for (const { eventSource } of Records)
        if (eventSource.startsWith('s')) counts.set(eventSource, (counts.get(eventSource) ?? 0) + 1)
    }
    const expected = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 2)
    ROWS.splice(0, 2, ...expected)
  })

  it('answers as a table', async () => {
    const run = await traillake(folder, ['query', SQL, '--format', 'table'])
    expect(run.code, run.stderr).toBe(0)
    expect(run.stdout).toContain('eventSource')
    for (const [source, n] of ROWS) expect(run.stdout).toMatch(new RegExp(`${source.replaceAll('.', '\\.')} .*${n}`))
    expect(run.stdout).toContain('2 rows')
  })

  it('answers as JSON', async () => {
    const run = await traillake(folder, ['query', SQL, '--format', 'json'])
    expect(JSON.parse(run.stdout)).toEqual({
      columns: [
        { name: 'eventSource', type: 'varchar' },
        { name: 'n', type: 'bigint' },
      ],
      rows: ROWS,
    })
  })

  it('answers as NDJSON when nobody watches', async () => {
    const run = await traillake(folder, ['query', SQL])
    expect(
      run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(ROWS.map(([eventSource, n]) => ({ eventSource, n })))
  })

  it('answers as CSV', async () => {
    const run = await traillake(folder, ['query', '-', '--format', 'csv'], { input: SQL })
    expect(run.stdout).toBe(`eventSource,n\n${ROWS.map((row) => row.join(',')).join('\n')}\n`)
  })

  it('answers as Arrow', async () => {
    const file = join(folder, 'q.sql')
    writeFileSync(file, `${SQL};`)
    const { spawnSync } = await import('node:child_process')
    const { main } = await import('./traillake.ts')
    const run = spawnSync(process.execPath, [main, 'query', '--file', file, '--format', 'arrow'], { cwd: folder })
    const table = tableFromIPC(run.stdout)
    expect(table.schema.fields.map((field) => field.name)).toEqual(['eventSource', 'n'])
    expect(table.toArray().map((row) => [row?.eventSource, Number(row?.n)])).toEqual(ROWS)
  })

  it('takes a store for a placeholder', async () => {
    const run = await traillake(folder, [
      'query',
      'SELECT count(*) AS n FROM $EDS_ID',
      '--set',
      'EDS_ID=org',
      '--format',
      'csv',
    ])
    expect(run.stdout).toBe('n\n2900\n')
  })

  it('prints what it read when asked', async () => {
    const run = await traillake(folder, ['query', 'SELECT count(*) FROM org', '--stats', '--format', 'csv'])
    expect(JSON.parse(run.stderr)).toMatchObject({ rows: 1, filesKnown: 1, filesScanned: 1 })
  })

  it('shows a store', async () => {
    const run = await traillake(folder, ['stores', 'show', 'ORG', '--json'])
    expect(JSON.parse(run.stdout)).toMatchObject({ name: 'org', events: 2900, sourceFiles: 55, schema: 'events' })
  })

  it('prints its columns', async () => {
    const run = await traillake(folder, ['schema', 'org', '--json'])
    const columns = JSON.parse(run.stdout) as { name: string; type: string; hidden: boolean }[]
    expect(columns[0]).toEqual({ name: 'eventversion', type: 'varchar', hidden: false })
    expect(columns.filter((column) => column.hidden).map((column) => column.name)).toEqual([
      '$source',
      '$record',
      'calendarday',
    ])
  })

  test.each([
    { sql: 'SELECT eventNme FROM org', code: 'COLUMN_NOT_FOUND', place: 'line 1:8', hint: 'eventname' },
    { sql: 'SELECT cout(*) FROM org', code: 'FUNCTION_NOT_FOUND', place: 'line 1:8', hint: 'count' },
    { sql: 'SELECT 1 FROM orgs', code: 'TABLE_NOT_FOUND', place: 'line 1:15', hint: 'org' },
    { sql: 'SELECT userIdentity.arm FROM org', code: 'INVALID_COLUMN_REFERENCE', place: 'line 1:8', hint: 'arn' },
    { sql: 'SELECT 1 +\n  FROM org', code: 'SYNTAX_ERROR', place: 'line 2:3', hint: undefined },
  ])('$sql is refused with its place, a caret and a hint', async ({ sql, code, place, hint }) => {
    const run = await traillake(folder, ['query', sql])
    expect(run.code).toBe(1)
    expect(run.stdout).toBe('')
    expect(run.stderr).toContain(place)
    expect(run.stderr).toContain(`[${code}]`)
    expect(run.stderr).toMatch(/^ +\| +\^/m)
    if (hint) expect(run.stderr).toMatch(new RegExp(`hint: did you mean ${hint}`, 'i'))
  })

  it('takes options from the environment and from the settings file, the flag first', async () => {
    const elsewhere = emptyFolder()
    expect(
      (await traillake(elsewhere, ['stores'], { env: { TRAILLAKE_LAKE: join(folder, 'lake') } })).stdout,
    ).toContain('org')
    writeFileSync(
      join(elsewhere, 'traillake.config.json'),
      JSON.stringify({ lake: join(folder, 'lake'), format: 'csv' }),
    )
    expect((await traillake(elsewhere, ['query', 'SELECT count(*) AS n FROM org'])).stdout).toBe('n\n2900\n')
    expect((await traillake(elsewhere, ['query', 'SELECT count(*) AS n FROM org', '--format', 'ndjson'])).stdout).toBe(
      '{"n":2900}\n',
    )
    writeFileSync(join(elsewhere, 'traillake.config.json'), '{"lak": "x"}')
    const wrong = await traillake(elsewhere, ['stores'])
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('did you mean lake?')
  })
})

describe('bad input', () => {
  it('a path that does not exist', async () => {
    const run = await traillake(emptyFolder(), ['import', 'nowhere', '--store', 'org'])
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('SOURCE_NOT_FOUND')
  })

  it('an empty folder', async () => {
    const folder = emptyFolder()
    const source = emptyFolder()
    const run = await traillake(folder, ['import', source, '--store', 'org'])
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('NO_LOG_FILES')
  })

  it('a lake that is not there', async () => {
    const folder = emptyFolder()
    const run = await traillake(folder, ['query', 'SELECT 1'])
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('LAKE_NOT_FOUND')
    expect(existsSync(join(folder, 'lake'))).toBe(false)
  })

  it('a lake of a newer format', async () => {
    const folder = emptyFolder()
    await traillake(folder, ['stores', 'create', 'org'])
    const file = join(folder, 'lake', 'traillake.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), formatVersion: 99 }))
    const run = await traillake(folder, ['stores'])
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('LAKE_FORMAT_NEWER')
  })

  it('files that cannot be read are reported, counted, and end with 3', async () => {
    const folder = emptyFolder()
    const run = await traillake(folder, ['import', join(trails, 'layout-quirks'), '--store', 'quirks', '--json'])
    expect(run.code).toBe(3)
    const report = JSON.parse(run.stdout)
    expect(report).toMatchObject({ kept: 1 })
    expect(report.read).toBe(report.kept + report.duplicate + report.filtered + report.quarantined)
    const again = await traillake(folder, ['import', join(trails, 'layout-quirks'), '--store', 'again'])
    expect(again.stderr).toMatch(/^could not read file:\S+Truncated\S+: truncated gzip \[TRUNCATED_GZIP\]$/m)
    expect(again.stdout).toMatch(/^files that could not be read, named above: 1$/m)
  })
})
