import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ImportProgress, importLogs, listEventDataStores } from '../../../src/lake/index.ts'
import { tarOf, tgzOf, zipOf } from '../../archives.ts'
import { cleanUpAfterEach, newFolder, openLake } from '../support.ts'
import { record, writeLog } from '../trail-files.ts'

cleanUpAfterEach()

const log = JSON.stringify({ Records: [record({ id: 'a' })] })
const readme = { name: 'README.md', data: 'read me' }

describe.each([
  ['empty.zip', zipOf([])],
  ['empty.tar', tarOf([])],
  ['readme.tgz', tgzOf([readme])],
  ['readme.zip', zipOf([readme])],
])('%s, in which there is nothing to import', (name, bytes) => {
  test.each([{}, { inline: true }])('is no log file, and no store is made for it', async (tuning) => {
    const folder = newFolder()
    const path = join(folder, name)
    writeFileSync(path, bytes)
    const lake = await openLake()
    for (const dryRun of [true, false]) {
      const said: string[] = []
      const onProgress = ({ kind }: ImportProgress) => void said.push(kind)
      await expect(importLogs(lake, path, { into: 'org', dryRun, onProgress }, tuning)).rejects.toMatchObject({
        code: 'NO_LOG_FILES',
        params: { source: path },
      })
      expect(said).toEqual([])
    }
    expect(await listEventDataStores(lake)).toEqual([])
    const stores = lake.storage.localPath('stores')
    expect(stores === undefined || !existsSync(stores) ? [] : readdirSync(stores)).toEqual([])

    // With a log file beside it, it does no harm; and nothing is nothing in a store that is there, too.
    writeLog(folder, 'log', [{ id: 'a' }])
    for (const kept of [1, 0]) expect(await importLogs(lake, folder, { into: 'org' }, tuning)).toMatchObject({ kept })
    await expect(importLogs(lake, path, { into: 'org' }, tuning)).rejects.toMatchObject({ code: 'NO_LOG_FILES' })
  })
})

test('an archive whose members are all known, or cannot be read, is no empty one', async () => {
  const sparse = { name: 'sparse.json', data: log, type: 'S' }
  const path = join(newFolder(), 'logs.tar')
  writeFileSync(path, tarOf([{ name: 'log.json', data: log }, sparse]))
  const lake = await openLake()
  expect(await importLogs(lake, path, { into: 'org' })).toMatchObject({
    files: 2,
    kept: 1,
    failures: [{ code: 'CORRUPT_ARCHIVE', reason: 'it is a sparse file: pack it without --sparse' }],
  })
  expect(await importLogs(lake, path, { into: 'org' })).toMatchObject({ files: 0, filesAlreadyImported: 1 })
  writeFileSync(path, tarOf([sparse]))
  expect(await importLogs(lake, path, { into: 'other' })).toMatchObject({ read: 0, filesFailed: 1 })
})
