import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { showImport } from '../../../src/lake/imports/list-imports.ts'
import { undoImport } from '../../../src/lake/imports/undo.ts'
import { importLogs, storeFolders } from '../../../src/lake/index.ts'
import { retryQuarantine } from '../../../src/lake/quarantine/retry.ts'
import { verifyLake } from '../../../src/lake/verify/verify.ts'
import { wrappings } from '../../events/forms.ts'
import { cleanUpAfterEach, newFolder, openLake, queryEvents, querySources, readQuarantine } from '../support.ts'
import { type Event, record, writeLog } from '../trail-files.ts'

cleanUpAfterEach()

const inline = { inline: true }
const events: readonly Event[] = [{ id: 'a' }, { id: 'b', account: '444455556666' }, { id: 'c', region: 'eu-west-1' }]
/** The same events in other words: copies never are the same bytes. */
const inOtherWords = events.map((event) => JSON.stringify({ ...record(event), vpcEndpointId: 'vpce-1' }))
const ending = { 'lake-rows': 'csv', 'bare-records': 'ndjson' } as const

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

const EVENTS = 'SELECT eventid, count(*)::INTEGER AS n FROM events GROUP BY 1 ORDER BY 1'
const ONE_EACH = ['a', 'b', 'c'].map((eventid) => ({ eventid, n: 1 }))

describe.each(wrappings)('$name', ({ form, write: wrap }) => {
  const text = wrap(inOtherWords)
  const name = `copy.${ending[form as keyof typeof ending] ?? 'json.gz'}`

  test('an event that came by a trail, too, is kept once, whichever came first', async () => {
    for (const order of ['trail first', 'copy first', 'together, trail first', 'together, copy first']) {
      const folder = newFolder()
      const trail = writeLog(folder, order.endsWith('trail first') ? 'a-trail' : 'z-trail', events)
      const copy = write(folder, name, text)
      const lake = await openLake()
      const runs = order.startsWith('together') ? [folder] : order === 'trail first' ? [trail, copy] : [copy, trail]
      let sum = { read: 0, kept: 0, duplicate: 0, quarantined: 0, filesFailed: 0 }
      for (const from of runs) {
        const { read, kept, duplicate, quarantined, filesFailed } = await importLogs(
          lake,
          from,
          { into: 'org' },
          inline,
        )
        sum = {
          read: sum.read + read,
          kept: sum.kept + kept,
          duplicate: sum.duplicate + duplicate,
          quarantined: sum.quarantined + quarantined,
          filesFailed: sum.filesFailed + filesFailed,
        }
      }
      expect(sum, order).toEqual({ read: 6, kept: 3, duplicate: 3, quarantined: 0, filesFailed: 0 })
      const again = await importLogs(lake, folder, { into: 'org' }, inline)
      expect(again).toMatchObject({ read: 0, filesAlreadyImported: 2 })
      expect(await queryEvents(lake, again.store, EVENTS)).toEqual(ONE_EACH)
      expect(await readQuarantine(lake, again.store)).toEqual([])
      const kinds = 'SELECT DISTINCT kind FROM sources ORDER BY kind'
      expect(await querySources(lake, again.store, kinds)).toEqual([form, 'log'].sort().map((kind) => ({ kind })))
    }
  })

  test('threads read it, large files as streams', async () => {
    const folder = newFolder()
    write(folder, name, text)
    writeLog(folder, 'z-trail', events)
    const lake = await openLake()
    const report = await importLogs(lake, folder, { into: 'org' }, { heldBytes: 1000 })
    expect(report).toMatchObject({ read: 6, kept: 3, duplicate: 3, quarantined: 0 })
    expect(await queryEvents(lake, report.store, EVENTS)).toEqual(ONE_EACH)
  })
})

describe('taking back', () => {
  const copyText = wrappings[0]!.write(inOtherWords)

  test.each(['copy', 'trail'])('the %s: the events come back from the other one', async (undone) => {
    const folder = newFolder()
    const trail = writeLog(folder, 'trail', events)
    const copy = write(folder, 'copy.json', copyText)
    const lake = await openLake()
    const [first, second] = undone === 'copy' ? [copy, trail] : [trail, copy]
    const { importId } = await importLogs(lake, first, { into: 'org' }, inline)
    const { store, importId: other } = await importLogs(lake, second, { into: 'org' }, inline)
    const report = await undoImport(lake, importId)
    expect(report.restored).toMatchObject([{ importId: other, events: 3 }])
    expect(await queryEvents(lake, store, EVENTS)).toEqual(ONE_EACH)
    expect(await showImport(lake, other)).toMatchObject({ read: 3, kept: 3, duplicate: 0 })
    expect(await verifyLake(lake)).toMatchObject({ warnings: 0, stores: [{ ok: true, findings: [] }] })
  })
})

test('trail records that disagree are in conflict as before, beside copies of others', async () => {
  const folder = newFolder()
  const lake = await openLake()
  await importLogs(lake, write(folder, 'copy.json', wrappings[0]!.write(inOtherWords)), { into: 'org' }, inline)
  await importLogs(lake, writeLog(folder, 'one', [{ id: 'x' }]), { into: 'org' }, inline)
  const second = writeLog(folder, 'two', [
    { id: 'x', name: 'Other' },
    { id: 'a', name: 'Other' },
  ])
  const report = await importLogs(lake, second, { into: 'org' }, inline)
  expect(report).toMatchObject({ read: 2, duplicate: 1, quarantined: 1 })
})

test('a copy that is read again from quarantine is a duplicate of what came meanwhile', async () => {
  const folder = newFolder()
  const lake = await openLake()
  const { store } = await importLogs(lake, writeLog(folder, 'first', [{ id: 'x' }]), { into: 'org' }, inline)
  const copy = JSON.stringify({ ...record({ id: 'x' }), vpcEndpointId: 'vpce-1' })
  const path = write(folder, 'copy.ndjson', `${copy}\noops\n`)
  expect(await importLogs(lake, path, { into: 'org' }, inline)).toMatchObject({ duplicate: 1, quarantined: 1 })
  // As if an earlier release had not been able to read the copy.
  const [entry] = await readQuarantine(lake, store)
  for await (const { key } of lake.storage.list(`${storeFolders(store.id).quarantine}/`)) {
    const line = JSON.stringify({ ...entry, bytes: copy, length: copy.length })
    await lake.storage.put(key, gzipSync(`${line}\n`))
  }
  expect(await retryQuarantine(lake)).toMatchObject({ items: 1, released: 1, kept: 0, duplicate: 1, quarantined: 0 })
})

test('what is no record goes to quarantine with its bytes, without an offset that would mislead', async () => {
  const folder = newFolder()
  const path = write(folder, 'x.ndjson', `${JSON.stringify(record({ id: 'a' }))}\noops\n{"eventVersion":"1.08"}\n`)
  const lake = await openLake()
  const report = await importLogs(lake, path, { into: 'org' }, inline)
  expect(report).toMatchObject({ read: 3, kept: 1, quarantined: 2 })
  expect(await readQuarantine(lake, report.store)).toMatchObject([
    { record: 1, offset: null, reason: 'not an object', bytes: '"oops"' },
    { record: 2, offset: null, reason: 'no readable eventTime', bytes: '{"eventVersion":"1.08"}' },
  ])
})

test('rows of chosen columns are refused, with what is lacking, and the other files are read', async () => {
  const folder = newFolder()
  write(folder, 'rows.csv', 'eventName,eventTime\nA,2024-05-01 10:00:00.000\n')
  writeLog(folder, 'trail', events)
  const lake = await openLake()
  const report = await importLogs(lake, folder, { into: 'org' }, inline)
  expect(report).toMatchObject({ kept: 3, filesFailed: 1 })
  expect(report.failures).toMatchObject([{ code: 'UNSUPPORTED_SHAPE', reason: /the column eventJson is missing/ }])
})
