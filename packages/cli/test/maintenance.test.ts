import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, traillake, trails } from './traillake.ts'

/** A lake of twelve imports, each a small file in the same partitions. */
async function lakeOfSmallFiles(...options: readonly string[]): Promise<{ folder: string; last: string }> {
  const folder = emptyFolder()
  const source = join(trails, 'invictus-2023')
  const files = readdirSync(source, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.gz'))
    .sort()
    .slice(0, 12)
  let last = ''
  for (const name of files) {
    const run = await traillake(folder, ['import', join(source, name), '-s', 'org', '--layout', 'date', ...options])
    expect(run.code, run.stderr).toBe(0)
    last += run.stdout
  }
  return { folder, last }
}

const dataFiles = (folder: string) =>
  readdirSync(join(folder, 'lake/stores'), { recursive: true })
    .map(String)
    .filter((name) => /events\/.*part-.*\.parquet$/.test(name))

async function count(folder: string): Promise<string> {
  return (await traillake(folder, ['query', 'SELECT count(*) AS n FROM org', '--format', 'csv'])).stdout
}

test('compact and vacuum, looked at and done', async () => {
  const { folder } = await lakeOfSmallFiles('--no-compact')
  const before = await count(folder)
  const files = dataFiles(folder)
  expect(files.length).toBeGreaterThanOrEqual(12)

  const dry = await traillake(folder, ['compact', '--dry-run'])
  expect(dry).toMatchObject({ code: 0, stderr: '' })
  expect(dry.stdout).toMatch(
    /^org: would join \d+ files into \d+, \d+ rows, [\d.]+ kB\norg, ledger: would join 12 files into 1/,
  )
  expect(dataFiles(folder)).toEqual(files)

  const done = await traillake(folder, ['compact', 'org', '--json'])
  const report = JSON.parse(done.stdout)
  expect(report).toMatchObject({
    dryRun: false,
    failures: [],
    stores: [{ sources: { filesRemoved: 12, filesAdded: 1 } }],
  })
  expect(await count(folder)).toBe(before)
  expect((await traillake(folder, ['compact'])).stdout).toBe('nothing to join: no partition has several small files\n')

  const young = await traillake(folder, ['vacuum'])
  expect(young.stdout).toMatch(/^nothing to delete\n\d+ unused files \([\d.]+ kB\) are younger than 168 hours\n$/)
  const refused = await traillake(folder, ['vacuum', '--grace-hours', '0'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('graceHours must be at least 24 unless force is set [INVALID_OPTION]')
  const vacuumed = await traillake(folder, ['vacuum', '--grace-hours', '0', '--force'])
  const removed = report.stores[0].events.filesRemoved + 12
  expect(vacuumed.stdout).toMatch(new RegExp(`^deleted ${removed} files, .*\n {2}${removed} replaced by compaction`))
  expect(dataFiles(folder)).toHaveLength(
    files.length - report.stores[0].events.filesRemoved + report.stores[0].events.filesAdded,
  )
  expect(await count(folder)).toBe(before)
}, 300_000)

test('an import says what it compacted by itself', async () => {
  const { last } = await lakeOfSmallFiles()
  expect(last).toMatch(/^compacted \d+ small data files into \d+$/m)
}, 300_000)

test('a damaged file is named, and the exit code says so', async () => {
  const { folder } = await lakeOfSmallFiles('--no-compact')
  const [victim] = dataFiles(folder)
  truncateSync(join(folder, 'lake/stores', victim!), 50)
  const run = await traillake(folder, ['compact'])
  expect(run.code).toBe(3)
  expect(run.stderr).toContain(`the data file stores/${victim} is missing or damaged: it has 50 bytes, the log says`)
  expect(run.stdout).toContain('groups of files left as they are: 1')
}, 300_000)

describe('upgrade', () => {
  test('of a lake of this release does nothing and says so; a newer one is refused', async () => {
    const folder = emptyFolder()
    await traillake(folder, ['stores', 'create', 'org'])
    expect(await traillake(folder, ['upgrade'])).toMatchObject({
      code: 0,
      stdout: 'nothing to do: the lake has format 1, the newest that this release knows\n',
    })
    const file = join(folder, 'lake/traillake.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"formatVersion": 1', '"formatVersion": 7'))
    const newer = await traillake(folder, ['upgrade'])
    expect(newer.code).toBe(1)
    expect(newer.stderr).toContain('has format 7, this release reads up to 1 [LAKE_FORMAT_NEWER]')
  })
})
