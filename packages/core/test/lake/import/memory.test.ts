import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createBatchWorker } from '../../../src/lake/import/batch-worker.ts'
import type { SourceFile } from '../../../src/lake/import/protocol.ts'
import { importLogs } from '../../../src/lake/index.ts'
import { openLocalStore } from '../../../src/storage/index.ts'
import { readTrailFile, trailFiles } from '../../events/corpus.ts'
import { cleanUpAfterEach, newFolder, openLake } from '../support.ts'
import { writeText } from '../trail-files.ts'
import { workerSettings } from './worker-settings.ts'

cleanUpAfterEach()

/** Real records, which fill many columns, so often that several batches are written at once. */
function manyRealEvents(copies: number): { readonly folder: string; readonly events: number } {
  const folder = newFolder()
  const files = trailFiles('invictus-2023').map((file) => readTrailFile(file)!)
  let events = 0
  for (let copy = 0; copy < copies; copy++) {
    for (const [i, bytes] of files.entries()) {
      const { Records = [] } = JSON.parse(gunzipSync(bytes).toString()) as { Records?: { eventID: string }[] }
      events += Records.length
      const own = Records.map((record) => ({ ...record, eventID: `${copy}-${record.eventID}` }))
      const day = String(1 + Math.floor(copy / 4)).padStart(2, '0')
      const name = `AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/${day}/${copy}-${i}`
      writeText(folder, name, JSON.stringify({ Records: own }))
    }
  }
  return { folder, events }
}

test.each(['account-region-date', 'date'] as const)(
  'the least memory that may be given is enough: %s',
  async (layout) => {
    const { folder, events } = manyRealEvents(12)
    const lake = await openLake()
    const report = await importLogs(lake, folder, { into: 'org', layout, memoryBytes: 128 * 1024 * 1024 })
    expect(report).toMatchObject({ read: events, kept: events, quarantined: 0 })
  },
)

test('writes that wait for memory end when their worker is closed', async () => {
  const { folder } = manyRealEvents(1)
  const store = openLocalStore(folder)
  const files: SourceFile[] = []
  for await (const info of store.list('')) {
    files.push({ ...info, source: 0, uri: store.uri(info.key), sourceId: info.key })
  }
  const worker = createBatchWorker(
    // One write takes all of it.
    workerSettings({ engineMemoryBytes: 64_000_000, heldBytes: 64_000_000 }),
    (file) => store.get(file.key),
  )
  for (let number = 0; number < 4; number++) await worker.scan({ number, files: files.slice(number, number + 1) })
  const decision = { stored: [], claimed: [], assumed: new Float64Array() }
  const writes = [0, 1, 2, 3].map((number) => worker.write(number, decision))
  const settled = Promise.allSettled(writes)
  await worker.close()
  expect((await settled).map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
})
