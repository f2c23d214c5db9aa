import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'

const trails = join(import.meta.dirname, '../../../../test-data/trails')
const formerArn = 'arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/5f4d2b51-8f4b-4f0e-9c9f-0a2d3a5b7c11'

async function count(lake: Lake): Promise<unknown> {
  const result = await lake.query('SELECT count(*) FROM org', { rowMode: 'array' })
  return (await result.toArray())[0]![0]
}

test.each(['a lake that was open all the time', 'the one that does it'])(
  'a store that was removed and made again with its id is another one: %s',
  async (who) => {
    const folder = mkdtempSync(join(tmpdir(), 'traillake-test-'))
    const lake = await openLake(join(folder, 'lake'), { create: true })
    const other = await openLake(join(folder, 'lake'))
    onTestFinished(async () => {
      await Promise.all([lake.close(), other.close()])
      rmSync(folder, { recursive: true, force: true })
    })
    const seen = who === 'the one that does it' ? lake : other
    await lake.createEventDataStore({ name: 'org', formerArn })
    await lake.import(join(trails, 'versions'), { into: 'org' })
    const times = await seen.eventTimes('org')
    expect(await count(seen)).toBeGreaterThan(0)
    await lake.deleteEventDataStore('org')
    await lake.vacuum({ graceHours: 0, force: true })
    await lake.createEventDataStore({ name: 'org', formerArn })
    expect(await count(seen)).toBe(0)
    const { kept } = await lake.import(join(trails, 'invictus-2023'), { into: 'org' })
    expect(await count(seen)).toBe(kept)
    // Its versions begin anew: they do not tell the two apart.
    expect((await seen.eventTimes('org')).version).toBe(times.version)
  },
)
