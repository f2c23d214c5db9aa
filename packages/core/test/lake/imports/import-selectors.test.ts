import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { listDocumentIds } from '../../../src/lake/documents.ts'
import { listImports, showImport } from '../../../src/lake/imports/list-imports.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import { getEventDataStore, importLogs, type LakeContext } from '../../../src/lake/index.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import { cleanUpAfterEach, newFolder, openLake, queryEvents } from '../support.ts'
import { type Event, record, writeLog } from '../trail-files.ts'

cleanUpAfterEach()

const inline = { inline: true }
const into = 'org'
const writes = [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }] as const
const reads = [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }] as const

const reading = (id: string): Event => ({ id, extra: { readOnly: true } })
const writing = (id: string): Event => ({ id, extra: { readOnly: false } })

async function ids(lake: LakeContext): Promise<unknown[]> {
  const rows = await queryEvents(
    lake,
    await getEventDataStore(lake, into),
    'SELECT eventid AS id FROM events ORDER BY 1',
  )
  return rows.map(({ id }) => id)
}

async function expectSound(lake: LakeContext): Promise<void> {
  expect((await verifyLake(lake)).stores[0]!.findings.filter(({ severity }) => severity === 'error')).toEqual([])
}

/** Writes a log file that ends too early, and gives what mends it. */
function writeBroken(folder: string, name: string, events: readonly Event[]): () => void {
  const path = join(folder, `${name}.json.gz`)
  const bytes = gzipSync(JSON.stringify({ Records: events.map(record) }))
  writeFileSync(path, bytes.subarray(0, bytes.length - 20))
  return () => writeFileSync(path, bytes)
}

test('a file that was mended is filtered as its import was, now and when it is read again', async () => {
  const [source, other] = [newFolder(), newFolder()]
  const lake = await openLake()
  const mend = [
    writeBroken(source, 'a', [reading('1'), writing('2')]),
    writeBroken(source, 'b', [reading('3'), writing('4')]),
    writeBroken(other, 'c', [reading('5'), writing('6')]),
  ]
  await importLogs(lake, source, { into, eventSelectors: writes }, inline)
  await importLogs(lake, other, { into, eventSelectors: reads }, inline)
  for (const one of mend) one()
  const before = await listDocumentIds(lake.storage, 'import-selectors')
  expect(await retryQuarantine(lake, { dryRun: true })).toMatchObject({ kept: 3, filtered: 3 })
  expect(await listDocumentIds(lake.storage, 'import-selectors')).toEqual(before)

  expect(await retryQuarantine(lake)).toMatchObject({ released: 3, read: 6, kept: 3, filtered: 3 })
  expect(await ids(lake)).toEqual(['2', '4', '5'])
  await expectSound(lake)
  const mended = (await listImports(lake)).filter(({ kept }) => kept > 0)
  expect(mended.map(({ files, eventSelectors }) => ({ files, eventSelectors }))).toEqual(
    expect.arrayContaining([
      { files: 2, eventSelectors: writes },
      { files: 1, eventSelectors: reads },
    ]),
  )
})

test('an undo brings back of later imports only what they wanted', async () => {
  const [first, later, last] = [newFolder(), newFolder(), newFolder()]
  const lake = await openLake()
  writeLog(first, 'a', [reading('1'), writing('2'), reading('3')])
  writeLog(later, 'b', [reading('1'), writing('2')])
  writeLog(last, 'c', [reading('1'), writing('2'), reading('3'), writing('4')])
  const one = await importLogs(lake, first, { into }, inline)
  const two = await importLogs(lake, later, { into, eventSelectors: writes }, inline)
  const three = await importLogs(lake, last, { into, eventSelectors: reads }, inline)
  expect(two).toMatchObject({ duplicate: 1, filtered: 1 })
  expect(three).toMatchObject({ duplicate: 2, filtered: 2 })

  const undone = await undoImport(lake, one.importId)
  expect(undone.restored.map(({ importId, events }) => [importId, events])).toEqual([
    [two.importId, 1],
    [three.importId, 2],
  ])
  expect(await ids(lake)).toEqual(['1', '2', '3'])
  await expectSound(lake)
})

test('an import says what it filtered by, also when it is undone: importing again gives the same', async () => {
  const source = newFolder()
  const lake = await openLake()
  writeLog(source, 'a', [reading('1'), writing('2')])
  const { importId } = await importLogs(lake, source, { into, eventSelectors: writes }, inline)
  expect(await showImport(lake, importId)).toMatchObject({ eventSelectors: writes, filtered: 1 })
  await undoImport(lake, importId)
  const [undone] = await listImports(lake)
  expect(undone).toMatchObject({ importId, status: 'undone', eventSelectors: writes })
  await importLogs(lake, source, { into, eventSelectors: undone!.eventSelectors! }, inline)
  expect(await ids(lake)).toEqual(['2'])

  const other = newFolder()
  writeLog(other, 'b', [writing('3')])
  const plain = await importLogs(lake, other, { into }, inline)
  expect(await showImport(lake, plain.importId)).not.toHaveProperty('eventSelectors')
})
