import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { getEventDataStore, importLogs } from '../../src/lake/index.ts'
import { upgradeLake } from '../../src/lake/upgrade.ts'
import { openLake as openWholeLake } from '../../src/lake.ts'
import { parseSchemaString } from '../../src/table/index.ts'
import { cleanUpAfterEach, newLakePlace, openLake, storageOptions } from './support.ts'

cleanUpAfterEach()

const trails = fileURLToPath(new URL('../../../../test-data/trails', import.meta.url))

/** A lake as a release before the columns `tlsdetails` and `useridentity.inscopeof` made it, with rows in it. */
async function olderLake(): Promise<string> {
  const place = newLakePlace()
  const lake = await openLake(place)
  await importLogs(lake, join(trails, 'layout-quirks'), { into: 'org' }, { inline: true })
  const store = await getEventDataStore(lake, 'org')
  for (const table of [await lake.eventsTable(store.id), await lake.sourcesTable(store.id)]) {
    const snapshot = await table.refresh()
    const schema = JSON.parse(snapshot.metadata.schemaString)
    const fields = schema.fields
      .filter(({ name }: { name: string }) => name !== 'tlsdetails' && name !== 'rules_version')
      .map((field: { name: string; type: { fields: { name: string }[] } }) =>
        field.name === 'useridentity'
          ? { ...field, type: { ...field.type, fields: field.type.fields.filter((f) => f.name !== 'inscopeof') } }
          : field,
      )
    const schemaString = JSON.stringify({ ...schema, fields })
    await table.commit({
      snapshot,
      actions: [{ metaData: { ...snapshot.metadata, schemaString } }],
      commitInfo: { operation: 'CHANGE COLUMNS' },
    })
  }
  await lake.close()
  return place
}

test('columns that this release has more of are added, once, and nothing else changes', async () => {
  const place = await olderLake()
  const lake = await openLake(place)
  const store = await getEventDataStore(lake, 'org')
  const table = await lake.eventsTable(store.id)
  const before = await table.refresh()
  const wanted = { events: ['useridentity.inscopeof', 'tlsdetails'], sources: ['rules_version'] }
  expect((await upgradeLake(lake, { dryRun: true })).stores).toMatchObject([wanted])
  expect((await table.refresh()).version).toBe(before.version)

  const report = await upgradeLake(lake)
  expect(report).toMatchObject({ dryRun: false, formatVersion: { from: 1, to: 1 }, stores: [wanted] })
  const after = await table.refresh()
  expect(after.version).toBe(before.version + 1)
  expect([after.metadata.id, [...after.files.keys()]]).toEqual([before.metadata.id, [...before.files.keys()]])
  const names = (text: string) => parseSchemaString(text).map((column) => column.name)
  expect(names(after.metadata.schemaString)).toEqual([...names(before.metadata.schemaString), 'tlsdetails'])
  expect((await upgradeLake(lake)).stores).toMatchObject([{ events: [], sources: [] }])
  expect((await table.refresh()).version).toBe(after.version)
})

test('two upgrades at once add a column once', async () => {
  const place = await olderLake()
  const lakes = [await openLake(place), await openLake(place)]
  await Promise.all(lakes.map((lake) => upgradeLake(lake)))
  const store = await getEventDataStore(lakes[0]!, 'org')
  const { metadata } = await (await lakes[0]!.eventsTable(store.id)).refresh()
  const names = parseSchemaString(metadata.schemaString).map((column) => column.name)
  expect(names.filter((name) => name === 'tlsdetails')).toHaveLength(1)
})

test('a lake of a newer format is refused by name, with what to do', async () => {
  const place = newLakePlace()
  const { storage } = await openLake(place)
  const file = JSON.parse((await storage.get('traillake.json')).toString())
  await storage.put('traillake.json', Buffer.from(JSON.stringify({ ...file, formatVersion: 2 })))
  await expect(openWholeLake(place, storageOptions)).rejects.toMatchObject({
    code: 'LAKE_FORMAT_NEWER',
    message: `the lake at ${place} has format 2, this release reads up to 1`,
    hint: 'use a newer release of traillake',
  })
})

test('a lake that is read-only is only looked at', async () => {
  const place = await olderLake()
  const lake = await openLake(place, { readOnly: true })
  await expect(upgradeLake(lake)).rejects.toMatchObject({ code: 'LAKE_READ_ONLY' })
  expect((await upgradeLake(lake, { dryRun: true })).stores).toHaveLength(1)
  await expect(upgradeLake(lake, { force: true } as object)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
