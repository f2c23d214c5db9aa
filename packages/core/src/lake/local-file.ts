import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
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

/** Copies that are known by their keys; a program that runs for months makes many. */
const MOST_COPIES = 10_000
/** Copies of objects by their keys, as far as they were made for more than a moment. */
const copiesOf = new WeakMap<ObjectStore, Map<string, string>>()

/** Where an object can be read by a path now: where it lies, or where a copy of it does that was made before. */
export function knownPath(storage: ObjectStore, key: string): string | undefined {
  const path = storage.localPath(key)
  if (path !== undefined) return path
  const copy = copiesOf.get(storage)?.get(key)
  return copy !== undefined && existsSync(copy) ? copy : undefined
}

/** The key of the object that a path is a copy of. */
export function keyOfCopy(storage: ObjectStore, path: string): string | undefined {
  for (const [key, copy] of copiesOf.get(storage) ?? []) if (copy === path) return key
  return undefined
}

/** Gives local paths of immutable objects; copies, where needed, stay in `folder` and are made once. */
export function createLocalCopies(
  storage: ObjectStore,
  folder: string,
): (keys: readonly string[]) => Promise<readonly string[]> {
  const copies = new Map<string, Promise<string>>()
  const known = copiesOf.get(storage) ?? new Map<string, string>()
  copiesOf.set(storage, known)
  return (keys) =>
    Promise.all(
      keys.map((key) => {
        const path = storage.localPath(key)
        if (path !== undefined) return path
        let copy = copies.get(key)
        if (!copy) {
          copy = localFile(storage, key, folder).then((file) => {
            known.set(key, file.path)
            if (known.size > MOST_COPIES) known.delete(known.keys().next().value!)
            return file.path
          })
          copies.set(key, copy)
        }
        return copy
      }),
    )
}
