import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { importLogs } from '../../../src/lake/index.ts'
import { zipOf } from '../../archives.ts'
import { cleanUpAfterEach, newFolder, openLake } from '../support.ts'
import { record, writeLog } from '../trail-files.ts'

cleanUpAfterEach()

test('an import says which known files could not be read, until they are mended', async () => {
  const folder = newFolder()
  const log = (id: string) => JSON.stringify({ Records: [record({ id })] })
  const broken = join(folder, 'broken.json.gz')
  const packed = join(folder, 'packed.zip')
  writeLog(folder, 'good', [{ id: 'a' }])
  writeFileSync(broken, gzipSync(log('b')).subarray(0, -10))
  writeFileSync(join(folder, 'cut.json.gz'), gzipSync(log('e')).subarray(0, -10))
  writeFileSync(
    packed,
    zipOf([
      { name: 'c.json', data: log('c') },
      { name: 'd.json', data: log('d'), flags: 1 },
    ]),
  )
  const lake = await openLake()
  const read = (dryRun = false) => importLogs(lake, folder, { into: 'org', dryRun }, { inline: true })
  expect(await read()).toMatchObject({ files: 5, kept: 2, filesFailed: 3, filesFailedBefore: 0 })
  for (const dryRun of [true, false]) {
    const again = { files: 0, read: 0, filesFailed: 0, failures: [], filesAlreadyImported: 4, filesFailedBefore: 3 }
    expect(await read(dryRun)).toMatchObject(again)
  }
  writeFileSync(broken, gzipSync(log('b')))
  writeFileSync(packed, zipOf([{ name: 'd.json', data: log('d') }]))
  expect(await read()).toMatchObject({
    files: 2,
    kept: 2,
    filesFailed: 0,
    filesAlreadyImported: 2,
    filesFailedBefore: 1,
  })
})
