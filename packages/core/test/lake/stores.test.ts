import { describe, expect, test } from 'vitest'
import { recordSql } from '../../src/events/index.ts'
import { openTarget } from '../../src/lake/import/target.ts'
import {
  createEventDataStore,
  deleteEventDataStore,
  findEventDataStore,
  getEventDataStore,
  listEventDataStores,
  updateEventDataStore,
} from '../../src/lake/index.ts'
import { eventsTableColumns } from '../../src/lake/store-layout.ts'
import { type LayoutName, layouts } from '../../src/schema/index.ts'
import { openMemoryStore } from '../../src/storage/index.ts'
import { parseSchemaString } from '../../src/table/index.ts'
import { cleanUpAfterEach, openLake } from './support.ts'

cleanUpAfterEach()

const selectors = (category: string) => [{ FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }] }]

describe('creating', () => {
  test('gives a store with two tables', async () => {
    const lake = await openLake()
    const store = await createEventDataStore(lake, { name: 'My.org-1' })
    expect(store).toMatchObject({
      name: 'My.org-1',
      schema: 'events',
      layout: 'account-region-date',
      terminationProtected: false,
    })
    expect(store.retentionDays).toBeUndefined()
    expect(store.arn).toBe(`arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore/${store.id}`)
    expect(store.advancedEventSelectors.map((s) => s.FieldSelectors[0]?.Equals)).toEqual([
      ['Management'],
      ['Data'],
      ['NetworkActivity'],
    ])
    const events = (await lake.eventsTable(store.id)).current()
    expect(events.version).toBe(0)
    expect(events.metadata.partitionColumns).toEqual(['account', 'region', 'date'])
    expect((await lake.sourcesTable(store.id)).current().metadata.partitionColumns).toEqual([])
    expect(await listEventDataStores(lake)).toEqual([store])
  })

  test.each(Object.keys(layouts) as LayoutName[])(
    'columns of %s are those that import writes, and the log says so',
    async (schema) => {
      const lake = await openLake(openMemoryStore())
      const store = await createEventDataStore(lake, {
        name: 'org',
        layout: 'date',
        advancedEventSelectors: selectors(layouts[schema].categories[0]!),
      })
      expect(store.schema).toBe(schema)
      const { columns } = recordSql(schema, { record: 'r', eventJson: 'e', source: 's', index: 'i' })
      const declared = parseSchemaString((await lake.eventsTable(store.id)).current().metadata.schemaString)
      expect(declared).toEqual(eventsTableColumns(schema, 'date'))
      expect(declared.map((column) => column.name)).toEqual([...columns.map((column) => column.name), 'date'])
    },
  )

  test.each([
    'ab',
    'a'.repeat(129),
    'with space',
    'ümlaut',
    'a/b',
    'Traillake',
    'INFORMATION_SCHEMA',
    '0BD1E7A2-6b1c-4d6e-8f5a-1c2d3e4f5a6b',
    '',
  ])('%j is no name', async (name) => {
    const lake = await openLake(openMemoryStore())
    await expect(createEventDataStore(lake, { name })).rejects.toMatchObject({ code: 'INVALID_EVENT_DATA_STORE_NAME' })
    expect(await listEventDataStores(lake)).toEqual([])
  })

  test('of many at once with one name, letter case apart, one is made', async () => {
    const storage = openMemoryStore()
    const lakes = await Promise.all(Array.from({ length: 6 }, () => openLake(storage)))
    const made = await Promise.allSettled(
      lakes.map((lake, i) => createEventDataStore(lake, { name: i % 2 ? 'Org' : 'oRG' })),
    )
    expect(made.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    for (const result of made)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'EVENT_DATA_STORE_EXISTS' })
    expect(await listEventDataStores(lakes[0]!)).toHaveLength(1)
  })

  test.each([
    { options: { retentionDays: 0 }, code: 'INVALID_OPTION' },
    { options: { retentionDays: 1.5 }, code: 'INVALID_OPTION' },
    { options: { advancedEventSelectors: [] }, code: 'INVALID_EVENT_SELECTORS' },
    { options: { advancedEventSelectors: selectors('Nothing') }, code: 'INVALID_EVENT_SELECTORS' },
    {
      options: { advancedEventSelectors: [...selectors('Management'), ...selectors('Insight')] },
      code: 'INVALID_EVENT_SELECTORS',
    },
  ])('$options is refused with $code', async ({ options, code }) => {
    const lake = await openLake(openMemoryStore())
    await expect(createEventDataStore(lake, { name: 'org', ...options })).rejects.toMatchObject({ code })
    expect(await listEventDataStores(lake)).toEqual([])
  })

  test('a lake that is open read-only or closed makes none', async () => {
    const storage = openMemoryStore()
    await openLake(storage)
    const readOnly = await openLake(storage, { readOnly: true })
    await expect(createEventDataStore(readOnly, { name: 'org' })).rejects.toMatchObject({ code: 'LAKE_READ_ONLY' })
    const closed = await openLake(storage)
    await closed.close()
    await expect(createEventDataStore(closed, { name: 'org' })).rejects.toMatchObject({ code: 'LAKE_CLOSED' })
  })
})

describe('finding', () => {
  test('by name in any case, by id in any case, by ARN', async () => {
    const lake = await openLake(openMemoryStore())
    const store = await createEventDataStore(lake, { name: 'Audit' })
    await createEventDataStore(lake, { name: 'other' })
    for (const reference of ['audit', 'AUDIT', store.id, store.id.toUpperCase(), store.arn, store.arn.toUpperCase()]) {
      expect(await getEventDataStore(lake, reference), reference).toEqual(store)
    }
  })

  test('what is not there is an error that names what is near', async () => {
    const lake = await openLake(openMemoryStore())
    const store = await createEventDataStore(lake, { name: 'audit' })
    const foreign = store.arn.replace('000000000000', '111122223333')
    for (const reference of ['nothing', '00000000-0000-4000-8000-000000000000', foreign]) {
      expect(await findEventDataStore(lake, reference)).toBeUndefined()
      await expect(getEventDataStore(lake, reference)).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_NOT_FOUND' })
    }
    await expect(getEventDataStore(lake, 'adit')).rejects.toMatchObject({ hint: 'did you mean audit?' })
  })
})

describe('changing', () => {
  test('name, retention, selectors and protection', async () => {
    const lake = await openLake(openMemoryStore())
    const store = await createEventDataStore(lake, { name: 'org' })
    const changed = await updateEventDataStore(lake, 'ORG', {
      name: 'Org',
      retentionDays: 90,
      advancedEventSelectors: selectors('Data'),
      terminationProtected: true,
    })
    expect(changed).toMatchObject({
      id: store.id,
      name: 'Org',
      retentionDays: 90,
      terminationProtected: true,
      createdAt: store.createdAt,
    })
    expect(changed.advancedEventSelectors).toEqual(selectors('Data'))
    expect(await getEventDataStore(lake, store.id)).toEqual(changed)
    expect(await updateEventDataStore(lake, 'org', {})).toMatchObject({ retentionDays: 90 })
  })

  test('a taken name, and selectors of other columns, are refused', async () => {
    const lake = await openLake(openMemoryStore())
    await createEventDataStore(lake, { name: 'one' })
    await createEventDataStore(lake, { name: 'two' })
    await expect(updateEventDataStore(lake, 'one', { name: 'TWO' })).rejects.toMatchObject({
      code: 'EVENT_DATA_STORE_EXISTS',
    })
    await expect(
      updateEventDataStore(lake, 'one', { advancedEventSelectors: selectors('Insight') }),
    ).rejects.toMatchObject({
      code: 'INVALID_EVENT_SELECTORS',
    })
    await expect(updateEventDataStore(lake, 'three', {})).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_NOT_FOUND' })
  })
})

describe('a change that is a function', () => {
  test('sees the newest state, and many at once are all made', async () => {
    const lake = await openLake(openMemoryStore())
    await createEventDataStore(lake, { name: 'org', tags: [{ key: 'first' }] })
    const add = (key: string) =>
      updateEventDataStore(lake, 'org', ({ tags = [] }) => ({ tags: [...tags, { key, value: 'v' }] }))
    await Promise.all(['a', 'b', 'c', 'd'].map(add))
    const { tags = [] } = await getEventDataStore(lake, 'org')
    expect(tags[0]).toEqual({ key: 'first' })
    expect(tags.map(({ key }) => key).sort()).toEqual(['a', 'b', 'c', 'd', 'first'])
  })

  test('that throws, or gives what cannot be, leaves the store as it is', async () => {
    const lake = await openLake(openMemoryStore())
    const store = await createEventDataStore(lake, { name: 'org' })
    const refuse = () => {
      throw new Error('no')
    }
    await expect(updateEventDataStore(lake, 'org', refuse)).rejects.toThrow('no')
    await expect(updateEventDataStore(lake, 'org', () => ({ retentionDays: 0 }))).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
    expect(await getEventDataStore(lake, 'org')).toEqual(store)
  })

  test('null takes a policy away', async () => {
    const lake = await openLake(openMemoryStore())
    await createEventDataStore(lake, { name: 'org' })
    expect(await updateEventDataStore(lake, 'org', { resourcePolicy: '{}' })).toMatchObject({ resourcePolicy: '{}' })
    expect(await updateEventDataStore(lake, 'org', { resourcePolicy: null })).not.toHaveProperty('resourcePolicy')
  })
})

describe('a store that waits for its deletion', () => {
  const later = (days: number) => new Date(Date.now() + days * 86_400_000)

  test('keeps its name, takes no import, and can be restored', async () => {
    const lake = await openLake(openMemoryStore())
    const store = await createEventDataStore(lake, { name: 'org' })
    const until = later(7)
    expect((await updateEventDataStore(lake, 'org', { deletedFrom: until })).deletedFrom).toEqual(until)
    await expect(createEventDataStore(lake, { name: 'org' })).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_EXISTS' })
    await expect(openTarget(lake, { into: 'org' })).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_INACTIVE' })
    const restored = await updateEventDataStore(lake, 'org', { deletedFrom: null })
    expect(restored).toEqual({ ...store, updatedAt: restored.updatedAt })
    expect((await openTarget(lake, { into: 'org' })).store.id).toBe(store.id)
  })

  test('is gone when its time has come', async () => {
    const lake = await openLake(openMemoryStore())
    const store = await createEventDataStore(lake, { name: 'org' })
    await updateEventDataStore(lake, 'org', { deletedFrom: later(-1) })
    expect(await listEventDataStores(lake)).toEqual([])
    await expect(updateEventDataStore(lake, 'org', { deletedFrom: null })).rejects.toMatchObject({
      code: 'EVENT_DATA_STORE_NOT_FOUND',
    })
    expect((await createEventDataStore(lake, { name: 'org' })).id).not.toBe(store.id)
  })
})

describe('deleting', () => {
  test('frees the name; a protected store stays', async () => {
    const lake = await openLake(openMemoryStore())
    const store = await createEventDataStore(lake, { name: 'org', terminationProtected: true })
    await expect(deleteEventDataStore(lake, 'org')).rejects.toMatchObject({ code: 'TERMINATION_PROTECTED' })
    await updateEventDataStore(lake, 'org', { terminationProtected: false })
    expect((await deleteEventDataStore(lake, store.arn)).id).toBe(store.id)
    await expect(getEventDataStore(lake, store.id)).rejects.toMatchObject({ code: 'EVENT_DATA_STORE_NOT_FOUND' })
    expect((await createEventDataStore(lake, { name: 'org' })).id).not.toBe(store.id)
  })
})

describe('a store that comes from CloudTrail Lake', () => {
  const id = '5f4d2b51-8f4b-4f0e-9c9f-0a2d3a5b7c11'
  const formerArn = `arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/${id}`

  test('keeps its id, and answers to its old ARN as well as to its new one', async () => {
    const lake = await openLake()
    const store = await createEventDataStore(lake, { name: 'org', formerArn })
    const arn = `arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore/${id}`
    expect(store).toMatchObject({ id, arn, formerArn })
    for (const reference of [id, id.toUpperCase(), arn, formerArn, formerArn.toUpperCase(), 'ORG']) {
      expect(await findEventDataStore(lake, reference)).toEqual(store)
    }
    expect(await findEventDataStore(lake, formerArn.replace('eu-west-1', 'eu-west-2'))).toBeUndefined()
    expect(await updateEventDataStore(lake, formerArn, { name: 'other' })).toMatchObject({ id, formerArn })
  })

  test('comes once; what is left of a deleted one has to go first', async () => {
    const lake = await openLake()
    await createEventDataStore(lake, { name: 'org', formerArn })
    await expect(createEventDataStore(lake, { name: 'two', formerArn })).rejects.toMatchObject({
      code: 'EVENT_DATA_STORE_EXISTS',
      params: { name: 'org' },
    })
    await deleteEventDataStore(lake, id)
    await expect(createEventDataStore(lake, { name: 'org', formerArn })).rejects.toMatchObject({
      code: 'COMMIT_CONFLICT',
      hint: expect.stringContaining('vacuum'),
    })
  })

  test.each(['org', id, 'arn:aws:s3:::bucket', formerArn.slice(0, -1), `${formerArn}/x`])(
    '%s is no ARN of one',
    async (arn) => {
      const lake = await openLake(openMemoryStore())
      const options = { name: 'org', formerArn: arn }
      await expect(createEventDataStore(lake, options)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    },
  )
})
