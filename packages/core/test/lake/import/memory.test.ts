import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { importLogs } from '../../../src/lake/index.ts'
import { readTrailFile, trailFiles } from '../../events/corpus.ts'
import { cleanUpAfterEach, newFolder, openLake } from '../support.ts'
import { writeText } from '../trail-files.ts'

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
    const lake = await openLake(newFolder())
    const report = await importLogs(lake, folder, { into: 'org', layout, memoryBytes: 128 * 1024 * 1024 })
    expect(report).toMatchObject({ read: events, kept: events, quarantined: 0 })
  },
)
