import { cpSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { emptyFolder, type Run, traillake, trails } from './traillake.ts'

const jsonOf = <T>(run: Run): T => JSON.parse(run.stdout) as T

interface Listed {
  readonly importId: string
  readonly status: string
  readonly kept: number
}

/** A lake of two imports: sample trails, and files of every kind of damage. */
let lake: string

beforeAll(async () => {
  const { mkdtempSync } = await import('node:fs')
  lake = mkdtempSync('/tmp/traillake-accounting-')
  cpSync(join(trails, 'invictus-2023'), join(lake, 'trails'), { recursive: true })
  cpSync(join(trails, 'layout-quirks'), join(lake, 'quirks'), { recursive: true })
  expect((await traillake(lake, ['import', 'trails', '--store', 'org'])).code).toBe(0)
  expect((await traillake(lake, ['import', 'quirks', '--store', 'org'])).code).toBe(3)
  return () => rmSync(lake, { recursive: true, force: true })
})

/** A copy of the lake; its raw files stay where they are. */
function copyOfLake(): string {
  const folder = emptyFolder()
  cpSync(join(lake, 'lake'), join(folder, 'lake'), { recursive: true })
  return folder
}

test.each(['imports', 'quarantine', 'verify'])('help of %s shows how it is used', async (command) => {
  const run = await traillake(emptyFolder(), [command, '--help'])
  expect(run).toMatchObject({ code: 0, stderr: '' })
  expect(run.stdout).toMatch(new RegExp(`^Usage: traillake ${command} `))
  expect(run.stdout).toContain('Examples:')
})

describe('imports', () => {
  it('shows the event selectors that an import was given', async () => {
    const folder = emptyFolder()
    const selectors = '[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]'
    writeFileSync(join(folder, 'selectors.json'), selectors)
    const source = join(trails, 'versions')
    await traillake(folder, ['import', source, '--store', 'org', '--event-selectors', 'selectors.json'])
    const [one] = jsonOf<Listed[]>(await traillake(folder, ['imports', 'list', '--json']))
    const { stdout } = await traillake(folder, ['imports', 'show', one!.importId])
    expect(stdout).toContain(`\nevent selectors: ${selectors}\n`)
  })

  it('names known files that could not be read, and what reads them again', async () => {
    const run = await traillake(copyOfLake(), ['import', join(lake, 'quirks'), '--store', 'org'])
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('nothing new: every file is in the ledger\n')
    expect(run.stdout).toMatch(
      /^failed before and unchanged: 1 \(traillake quarantine list --store org; once .*: traillake quarantine retry --store org\)$/m,
    )
  })

  it('lists them, shows one with its files, and takes one back', async () => {
    const folder = copyOfLake()
    const table = await traillake(folder, ['imports'])
    expect(table.stdout).toMatch(/imported .* 55 .* 2,900 .* 2,900 /)
    expect(table.stdout).toContain('6 + 1 failed')
    const [first, second] = jsonOf<Listed[]>(await traillake(folder, ['imports', 'list', '--json']))
    const shown = await traillake(folder, ['imports', 'show', second!.importId.slice(0, 8)])
    expect(shown.stdout).toContain('TRUNCATED_GZIP')
    expect(shown.stdout).toContain('read 10 = kept 1 + duplicate 4 + filtered 0 + quarantined 5\n')
    const files = jsonOf<{ sources: { read: number }[] }>(
      await traillake(folder, ['imports', 'show', first!.importId, '--json']),
    )
    expect(files.sources.reduce((sum, { read }) => sum + read, 0)).toBe(2900)

    const dry = await traillake(folder, ['imports', 'undo', first!.importId, '--dry-run'])
    expect(dry.stdout).toMatch(/^would undo import \S+ into org: 2,900 events of 55 files\n/)
    const undone = await traillake(folder, ['imports', 'undo', first!.importId])
    expect(undone).toMatchObject({ code: 0, stderr: '' })
    expect(undone.stdout).toMatch(/^undid import \S+ into org: 2,900 events of 55 files\n/)
    expect(jsonOf<Listed[]>(await traillake(folder, ['imports', '--json'])).map(({ status }) => status)).toEqual([
      'incomplete',
      'undone',
    ])
    const again = await traillake(folder, ['imports', 'undo', first!.importId])
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('[IMPORT_NOT_FOUND]\nhint: list them: traillake imports list')
  })

  it('refuses to lose events, with the file and what to type', async () => {
    const folder = emptyFolder()
    cpSync(join(trails, 'layout-quirks'), join(folder, 'gone'), { recursive: true })
    await traillake(folder, ['import', 'gone', '--store', 'org'])
    rmSync(join(folder, 'gone'), { recursive: true })
    const [only] = jsonOf<Listed[]>(await traillake(folder, ['imports', '--json']))
    const refused = await traillake(folder, ['imports', 'undo', only!.importId])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/\/gone\/AWSLogs\/\S+ .*\[UNDO_LOSES_EVENTS\]\nhint: .*--allow-loss/s)
    const done = await traillake(folder, ['imports', 'undo', only!.importId, '--allow-loss'])
    expect(done.code, done.stderr).toBe(0)
    expect(done.stdout).toContain('cannot be read again: file://')
  })
})

describe('quarantine', () => {
  interface Item {
    readonly id: string
    readonly code: string
    readonly record: number | null
    readonly size: number
  }

  it('lists items, one JSON a line for scripts, and shows their bytes', async () => {
    const folder = copyOfLake()
    expect((await traillake(folder, ['quarantine'])).stdout).toContain('NO_EVENT_TIME')
    const lines = (await traillake(folder, ['quarantine', 'list', '--json'])).stdout.trimEnd().split('\n')
    const items = lines.map((line) => JSON.parse(line) as Item)
    expect(items).toHaveLength(6)
    const file = items.find(({ record }) => record === null)!
    const bytes = await traillake(folder, ['quarantine', 'show', file.id, '--json'])
    const stored = Buffer.from(jsonOf<{ bytes: string }>(bytes).bytes, 'base64')
    expect(stored).toHaveLength(file.size)
    expect(() => gunzipSync(stored)).toThrow('unexpected end of file')
    expect((await traillake(folder, ['quarantine', 'show', file.id])).stdout).toContain('00000000  1f 8b 08')
    const small = items.find(({ size, record }) => size === 4 && record !== null)!
    expect((await traillake(folder, ['quarantine', 'show', small.id])).stdout).toMatch(/\nnull\n$/)
    expect((await traillake(folder, ['quarantine', 'show', small.id, '--form', 'bytes'])).stdout).toBe('null')
    const one = await traillake(folder, ['quarantine', 'list', '--code', 'TRUNCATED_GZIP', '--store', 'org', '--json'])
    expect(one.stdout).toBe(`${JSON.stringify(file)}\n`)
    const none = await traillake(folder, ['quarantine', 'show', 'ffff'])
    expect(none.code).toBe(1)
    expect(none.stderr).toContain('[QUARANTINE_ENTRY_NOT_FOUND]')
  })

  it('retries, and ends with 3 while something is left', async () => {
    const folder = copyOfLake()
    const run = await traillake(folder, ['quarantine', 'retry'])
    expect(run.code).toBe(3)
    expect(run.stdout).toBe(
      'read 6 items again: 0 released, 6 still in quarantine\nread 5 = kept 0 + duplicate 0 + filtered 0 + quarantined 5\n',
    )
    const none = await traillake(folder, ['quarantine', 'retry', '--code', 'CONFLICTING', '--json'])
    expect(none.code).toBe(0)
    expect(jsonOf(none)).toMatchObject({ items: 0, released: 0, dryRun: false })
  })
})

describe('verify', () => {
  it('ends with 0 where all is good', async () => {
    const folder = copyOfLake()
    const run = await traillake(folder, ['verify'])
    expect(run.code, run.stdout).toBe(0)
    expect(run.stdout).toContain('read 2,910 = kept 2,901 + duplicate 4 + filtered 0 + quarantined 5\n')
    expect(run.stdout).toMatch(/64 raw files compared .*\nall good in /)
    const fast = await traillake(folder, ['verify', 'ORG', '--fast', '--json'])
    expect(jsonOf(fast)).toMatchObject({
      reportVersion: 1,
      mode: 'fast',
      ok: true,
      errors: 0,
      stores: [{ name: 'org' }],
    })
  })

  it('ends with 3 and names the place where it is not', async () => {
    const folder = copyOfLake()
    const events = readdirSync(join(folder, 'lake', 'stores'), { recursive: true, withFileTypes: true })
    const [path] = events
      .filter(({ name, parentPath }) => name.endsWith('.parquet') && parentPath.includes('date='))
      .map(({ name, parentPath }) => join(parentPath, name))
      .sort((a, b) => statSync(b).size - statSync(a).size)
    truncateSync(path!, statSync(path!).size - 1)
    const run = await traillake(folder, ['verify', '--fast'])
    expect(run.code).toBe(3)
    expect(run.stdout).toMatch(/^error: stores\/\S+\.parquet: it has \d+ bytes.* \[FILE_SIZE_DIFFERS\]\n {2}hint: \S/m)
    expect(run.stdout).toMatch(/^1 error in /m)
  })

  it('counts warnings with --strict', async () => {
    const folder = copyOfLake()
    const store = readdirSync(join(folder, 'lake', 'stores'))[0]!
    cpSync(join(trails, '..', 'README.md'), join(folder, 'lake', 'stores', store, 'events', 'left.parquet'))
    expect((await traillake(folder, ['verify', '--fast'])).code).toBe(0)
    expect((await traillake(folder, ['verify', '--fast', '--strict'])).code).toBe(3)
    const unknown = await traillake(folder, ['verify', 'none'])
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain('EVENT_DATA_STORE_NOT_FOUND')
  })
})
