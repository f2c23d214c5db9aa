import { randomUUID } from 'node:crypto'
import { didYouMean, isTraillakeError, TraillakeError } from '../errors/index.ts'
import { ALL_EVENTS_SELECTORS, checkAdvancedSelectors, layoutOfSelectors } from '../events/index.ts'
import { createTable } from '../table/index.ts'
import { checkKnownOptions, checkLayout } from './check-options.ts'
import { type Document, documentReader, readDocument, updateDocument } from './documents.ts'
import type { LakeContext } from './lake-context.ts'
import { eventsTableColumns, ledgerColumns, partitionColumns, storeFolders } from './store-layout.ts'
import {
  checkStoreName,
  idOfArn,
  matchesReference,
  type NamedStore,
  parseStoreReference,
  storeArn,
} from './store-names.ts'
import type {
  CreateEventDataStoreOptions,
  EventDataStore,
  EventDataStoreChange,
  UpdateEventDataStoreOptions,
} from './types.ts'

/**
 * All stores of a lake are one document, so that creating, renaming and deleting are each one atomic step and two stores
 * never get one name. It holds no events and no counts: it changes when a store is created, changed or deleted.
 */
const KIND = 'stores'
const ID = 'catalog'

const SETTABLE = [
  'name',
  'retentionDays',
  'advancedEventSelectors',
  'terminationProtected',
  'ingestionStopped',
  'tags',
  'cloudTrail',
] as const satisfies readonly (keyof UpdateEventDataStoreOptions & keyof CreateEventDataStoreOptions)[]

const CHANGEABLE = [
  ...SETTABLE,
  'resourcePolicy',
  'deletedFrom',
] as const satisfies readonly (keyof UpdateEventDataStoreOptions)[]

interface Catalog {
  readonly stores: readonly StoredStore[]
}

/** An event data store as JSON: dates are ISO texts. */
type StoredStore = Omit<EventDataStore, 'createdAt' | 'updatedAt' | 'deletedFrom' | 'arn'> & {
  readonly createdAt: string
  readonly updatedAt: string
  readonly deletedFrom?: string
}

/** The stores of an open lake as they were last read. */
interface KnownStores {
  /** Older states of the catalog are never removed. */
  readonly read: () => Promise<Document<Catalog> | undefined>
  document: Document<Catalog> | undefined
  stores: readonly EventDataStore[]
}

const knownStores = new WeakMap<LakeContext, KnownStores>()

function knownOf(lake: LakeContext): KnownStores {
  let known = knownStores.get(lake)
  if (!known) {
    known = { read: documentReader(lake.storage, KIND, ID), document: undefined, stores: [] }
    knownStores.set(lake, known)
  }
  return known
}

/**
 * Stores in the order of their creation, those that wait for their deletion included; the same array as long as nothing about them has
 * changed.
 */
export async function listEventDataStores(lake: LakeContext): Promise<readonly EventDataStore[]> {
  const known = knownOf(lake)
  const document = await known.read()
  const stored = remaining(document?.value)
  if (known.document !== document || known.stores.length !== stored.length) {
    const before = known.stores
    known.document = document
    known.stores = stored.map((one) => revive(lake, one))
    for (const gone of before) if (!known.stores.some((one) => isSame(one, gone))) lake.forgetTables(gone.id)
  }
  return known.stores
}

/** A store that was removed and made again with its id is another one. */
function isSame(one: EventDataStore, other: EventDataStore): boolean {
  return one.id === other.id && one.createdAt.getTime() === other.createdAt.getTime()
}

/** Without the stores whose time has come: the next change of the catalog leaves them out for good. */
function remaining(catalog: Catalog | undefined): readonly StoredStore[] {
  const now = new Date().toISOString()
  return (catalog?.stores ?? []).filter(({ deletedFrom }) => deletedFrom === undefined || deletedFrom > now)
}

/** The store of this name (letter case does not count), id or ARN; undefined when there is none. */
export async function findEventDataStore(lake: LakeContext, reference: string): Promise<EventDataStore | undefined> {
  return (await listEventDataStores(lake)).find(matches(lake, reference))
}

/** As `findEventDataStore`; EVENT_DATA_STORE_NOT_FOUND when there is none. */
export async function getEventDataStore(lake: LakeContext, reference: string): Promise<EventDataStore> {
  const stores = await listEventDataStores(lake)
  return stores.find(matches(lake, reference)) ?? notFound(reference, stores)
}

/**
 * Makes an event data store and its two tables.
 *
 * Errors: INVALID_EVENT_DATA_STORE_NAME, EVENT_DATA_STORE_EXISTS, INVALID_EVENT_SELECTORS, INVALID_OPTION, LAKE_READ_ONLY; COMMIT_CONFLICT
 * where files of a deleted store with the id of `formerArn` are still there.
 *
 * @param newId the id it gets unless it has a `formerArn`
 */
export async function createEventDataStore(
  lake: LakeContext,
  options: CreateEventDataStoreOptions,
  newId: string = randomUUID(),
): Promise<EventDataStore> {
  await lake.requireWritable('create an event data store')
  checkKnownOptions(options, [...SETTABLE, 'layout', 'resourcePolicy', 'formerArn'])
  checkLayout(options.layout)
  checkStoreName(options.name)
  checkRetention(options.retentionDays)
  const advancedEventSelectors = checkAdvancedSelectors(options.advancedEventSelectors ?? ALL_EVENTS_SELECTORS)
  const { formerArn } = options
  const id = formerArn === undefined ? newId : idOfArn(formerArn)
  const now = new Date().toISOString()
  const store: StoredStore = {
    id,
    name: options.name,
    schema: layoutOfSelectors(advancedEventSelectors),
    layout: options.layout ?? 'account-region-date',
    ...(options.retentionDays === undefined ? {} : { retentionDays: options.retentionDays }),
    advancedEventSelectors,
    terminationProtected: options.terminationProtected ?? false,
    ...(options.ingestionStopped === undefined ? {} : { ingestionStopped: options.ingestionStopped }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    ...(options.cloudTrail === undefined ? {} : { cloudTrail: options.cloudTrail }),
    ...(options.resourcePolicy === undefined ? {} : { resourcePolicy: options.resourcePolicy }),
    ...(formerArn === undefined ? {} : { formerArn }),
    createdAt: now,
    updatedAt: now,
  }
  const refuseTaken = (stores: readonly StoredStore[]) => {
    const taken = stores.find((other) => named(store.name)(other) || other.id === id)
    if (taken) throw new TraillakeError('EVENT_DATA_STORE_EXISTS', { name: taken.name })
  }
  refuseTaken(remaining((await readDocument<Catalog>(lake.storage, KIND, ID))?.value))
  // The tables come first: a store that can be found can be used. Those of a lost race stay behind unnamed.
  await createTables(lake, store).catch((error: unknown) => {
    if (formerArn === undefined || !isTraillakeError(error, 'COMMIT_CONFLICT')) throw error
    const hint = 'a store with this id was deleted: traillake vacuum removes what is left of it'
    throw new TraillakeError('COMMIT_CONFLICT', error.params, { hint, cause: error })
  })
  await updateDocument<Catalog>(lake.storage, KIND, ID, (catalog) => {
    const stores = remaining(catalog)
    refuseTaken(stores)
    return { stores: [...stores, store] }
  })
  return revive(lake, store)
}

async function createTables(lake: LakeContext, store: StoredStore): Promise<void> {
  const folders = storeFolders(store.id)
  await createTable(lake.storage, folders.events, {
    engine: lake.engine,
    name: store.name,
    columns: eventsTableColumns(store.schema, store.layout),
    partitionColumns: partitionColumns(store.layout),
  })
  await createTable(lake.storage, folders.sources, {
    engine: lake.engine,
    name: `${store.name} sources`,
    columns: ledgerColumns,
    partitionColumns: [],
  })
}

/**
 * Changes a store. Selectors of another column layout are refused: the tables are made.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND, those of `createEventDataStore`, and what a change function throws.
 */
export async function updateEventDataStore(
  lake: LakeContext,
  reference: string,
  change: EventDataStoreChange,
): Promise<EventDataStore> {
  await lake.requireWritable('change an event data store')
  if (typeof change !== 'function') checkChanges(change)
  let updated: StoredStore | undefined
  await updateDocument<Catalog>(lake.storage, KIND, ID, (catalog) => {
    const stores = remaining(catalog)
    const current = stores.find(matches(lake, reference))
    if (!current) return notFound(reference, stores)
    const changes = typeof change === 'function' ? change(revive(lake, current)) : change
    checkChanges(changes)
    if (changes.name !== undefined && stores.some((other) => other !== current && named(changes.name!)(other))) {
      throw new TraillakeError('EVENT_DATA_STORE_EXISTS', { name: changes.name })
    }
    if (changes.advancedEventSelectors && layoutOfSelectors(changes.advancedEventSelectors) !== current.schema) {
      throw new TraillakeError('INVALID_EVENT_SELECTORS', {
        reason: `the store holds the columns of ${current.schema}, these selectors need other ones`,
      })
    }
    const next = withChanges(current, changes)
    updated = next
    return { stores: stores.map((store) => (store === current ? next : store)) }
  })
  return revive(lake, updated!)
}

function checkChanges(changes: UpdateEventDataStoreOptions): void {
  checkKnownOptions(changes, CHANGEABLE)
  if (changes.name !== undefined) checkStoreName(changes.name)
  checkRetention(changes.retentionDays)
  if (changes.advancedEventSelectors) checkAdvancedSelectors(changes.advancedEventSelectors)
}

/** What is undefined stays as it is, what is null goes. */
function withChanges(current: StoredStore, changes: UpdateEventDataStoreOptions): StoredStore {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  const gone = new Set(given.filter(([, value]) => value === null).map(([name]) => name))
  const kept = Object.entries(current).filter(([name]) => !gone.has(name))
  const set = given
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value])
  return { ...Object.fromEntries([...kept, ...set]), updatedAt: new Date().toISOString() } as StoredStore
}

/**
 * Takes a store out of the lake. Its name is free at once; its files stay until they are vacuumed.
 *
 * Errors: EVENT_DATA_STORE_NOT_FOUND, TERMINATION_PROTECTED, LAKE_READ_ONLY.
 */
export async function deleteEventDataStore(lake: LakeContext, reference: string): Promise<EventDataStore> {
  await lake.requireWritable('delete an event data store')
  let deleted: StoredStore | undefined
  await updateDocument<Catalog>(lake.storage, KIND, ID, (catalog) => {
    const stores = remaining(catalog)
    const current = stores.find(matches(lake, reference))
    if (!current) return notFound(reference, stores)
    if (current.terminationProtected) throw new TraillakeError('TERMINATION_PROTECTED', { store: current.name })
    deleted = current
    return { stores: stores.filter((store) => store !== current) }
  })
  return revive(lake, deleted!)
}

function checkRetention(days: number | undefined): void {
  if (days !== undefined && (!Number.isInteger(days) || days < 1)) {
    throw new TraillakeError('INVALID_OPTION', { option: 'retentionDays', reason: 'must be a whole number from 1' })
  }
}

function named(name: string): (store: { readonly name: string }) => boolean {
  const wanted = name.toLowerCase()
  return (store) => store.name.toLowerCase() === wanted
}

function matches(lake: LakeContext, reference: string): (store: NamedStore) => boolean {
  const wanted = parseStoreReference(reference)
  return (store) => matchesReference(lake.file, store, wanted)
}

function notFound(reference: string, stores: readonly { readonly name: string }[]): never {
  throw new TraillakeError(
    'EVENT_DATA_STORE_NOT_FOUND',
    { store: reference },
    {
      hint: didYouMean(
        reference,
        stores.map((store) => store.name),
      ),
    },
  )
}

function revive(lake: LakeContext, stored: StoredStore): EventDataStore {
  const { deletedFrom, ...rest } = stored
  return {
    ...rest,
    arn: storeArn(lake.file, stored.id),
    createdAt: new Date(stored.createdAt),
    updatedAt: new Date(stored.updatedAt),
    ...(deletedFrom === undefined ? {} : { deletedFrom: new Date(deletedFrom) }),
  }
}
