import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isTraillakeError } from '../errors/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { damagedFile, GONE } from './damaged-file.ts'

/** An object of a store as a local file, for as long as it is needed. */
export interface LocalFile {
  readonly path: string
  release(): Promise<void>
}

/**
 * The file itself where the store is on a local disk, else a copy in the scratch folder.
 *
 * Errors: DATA_FILE_DAMAGED for one to be copied that is gone, and those of the storage.
 */
export async function localFile(storage: ObjectStore, key: string, scratch: string): Promise<LocalFile> {
  const path = storage.localPath(key)
  if (path !== undefined) return { path, release: async () => undefined }
  const failed = (error: unknown) => {
    throw isTraillakeError(error, 'SOURCE_NOT_FOUND') ? damagedFile(key, GONE, error) : error
  }
  if (storage.copies) return { path: await storage.copies.fetch(key).catch(failed), release: async () => undefined }
  const copy = join(scratch, `${randomUUID()}.parquet`)
  const bytes = await storage.get(key).catch(failed)
  await writeFile(copy, bytes)
  return { path: copy, release: () => rm(copy, { force: true }) }
}

/** Gives local paths of immutable objects; copies, where needed, stay in `folder` and are made once. */
export function createLocalCopies(
  storage: ObjectStore,
  folder: string,
): (keys: readonly string[]) => Promise<readonly string[]> {
  const copies = new Map<string, Promise<string>>()
  return (keys) =>
    Promise.all(
      keys.map((key) => {
        const path = storage.localPath(key)
        if (path !== undefined) return path
        let copy = copies.get(key)
        if (!copy) {
          copy = localFile(storage, key, folder).then((file) => file.path)
          copies.set(key, copy)
        }
        return copy
      }),
    )
}
