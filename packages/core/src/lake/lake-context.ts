import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { makeScratch } from '../engine/scratch.ts'
import { createTableEngine, type TableEngine } from '../engine/table-engine.ts'
import { TraillakeError } from '../errors/index.ts'
import type { ObjectStore, S3Options, StorageOptions } from '../storage/index.ts'
import { openTable, type Table } from '../table/index.ts'
import type { LakeFile } from './lake-file.ts'
import { storeFolders } from './store-layout.ts'

export interface LakeContextOptions {
  readonly readOnly?: boolean
  /** How `storage` was opened. */
  readonly storageOptions?: StorageOptions
  /** For what the lake's functions keep on the local disk for a while; default: the system's temporary folder. */
  readonly tempDirectory?: string
}

/** An open lake as the functions of this folder need it. `close` frees the engine and the scratch folder. */
export interface LakeContext {
  readonly storage: ObjectStore
  /** How to open other places of the same kind. */
  readonly storageOptions: StorageOptions
  /** The local folder for staging and copies where the lake itself is on no local disk. */
  readonly tempDirectory: string
  readonly file: LakeFile
  readonly readOnly: boolean
  /** Runs SQL over data files and checkpoints; opened on first use. */
  readonly engine: TableEngine
  /** The events table of a store, opened once. */
  eventsTable(storeId: string): Promise<Table>
  /** The ledger of a store, opened once. */
  sourcesTable(storeId: string): Promise<Table>
  /** To be told when a store is gone: another one may come with its id, and has tables that begin anew. */
  forgetTables(storeId: string): void
  /**
   * Refuses an operation that writes: LAKE_READ_ONLY, LAKE_CLOSED, or UNSUPPORTED_STORAGE where the storage turns out not to
   * keep the promises that commits need (tried once).
   */
  requireWritable(operation: string): Promise<void>
  /** Aborted once the lake is being closed. */
  readonly closing: AbortSignal
  /** Lets `close` wait for work that uses the lake and stops by `closing`. */
  track<T>(work: Promise<T>): Promise<T>
  /** Stops what is under way and frees everything. Safe to call again. */
  close(): Promise<void>
}

/** How to open places of raw files: by the settings given for them, else by the lake's. */
export function sourceStorage(lake: LakeContext, { s3 }: { readonly s3?: S3Options }): StorageOptions {
  return s3 ? { s3 } : lake.storageOptions
}

/** Puts together what the lake's functions share. */
export function createLakeContext(storage: ObjectStore, file: LakeFile, options: LakeContextOptions = {}): LakeContext {
  const tempDirectory = options.tempDirectory ?? tmpdir()
  const scratch = makeScratch(tempDirectory, 'lake')
  const engine = createTableEngine({ scratch })
  const readOnly = options.readOnly ?? false
  const tables = new Map<string, Promise<Table>>()
  let probed: Promise<void> | undefined
  const closing = new AbortController()
  const working = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  function table(root: string): Promise<Table> {
    if (closing.signal.aborted) throw new TraillakeError('LAKE_CLOSED', {})
    let opened = tables.get(root)
    if (!opened) {
      opened = openTable(storage, root, { engine })
      tables.set(root, opened)
      // A table that could not be opened is tried again next time.
      opened.catch(() => tables.get(root) === opened && tables.delete(root))
    }
    return opened
  }

  return {
    storage,
    storageOptions: options.storageOptions ?? {},
    tempDirectory,
    file,
    readOnly,
    engine,
    async eventsTable(storeId) {
      return table(storeFolders(storeId).events)
    },
    async sourcesTable(storeId) {
      return table(storeFolders(storeId).sources)
    },
    forgetTables(storeId) {
      const { events, sources } = storeFolders(storeId)
      for (const root of [events, sources]) tables.delete(root)
    },
    async requireWritable(operation) {
      if (closing.signal.aborted) throw new TraillakeError('LAKE_CLOSED', {})
      if (readOnly) throw new TraillakeError('LAKE_READ_ONLY', { operation })
      probed ??= storage.probe()
      try {
        await probed
      } catch (error) {
        probed = undefined
        throw error
      }
    },
    closing: closing.signal,
    async track(work) {
      working.add(work)
      try {
        return await work
      } finally {
        working.delete(work)
      }
    },
    close() {
      closed ??= (async () => {
        closing.abort()
        await Promise.allSettled(working)
        await engine.close()
        rmSync(scratch, { recursive: true, force: true })
      })()
      return closed
    },
  }
}
