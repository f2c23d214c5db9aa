import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectStore } from '../storage/object-store.ts'

/** An object of a store as a local file, for as long as it is needed. */
export interface LocalFile {
  readonly path: string
  release(): Promise<void>
}

/** The file itself where the store is on a local disk, else a copy in the scratch folder. */
export async function localFile(storage: ObjectStore, key: string, scratch: string): Promise<LocalFile> {
  const path = storage.localPath(key)
  if (path !== undefined) return { path, release: async () => undefined }
  if (storage.copies) return { path: await storage.copies.fetch(key), release: async () => undefined }
  const copy = join(scratch, `${randomUUID()}.parquet`)
  await writeFile(copy, await storage.get(key))
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
