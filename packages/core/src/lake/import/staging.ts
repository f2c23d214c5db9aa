import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isAlive, machineId } from '../../engine/scratch.ts'
import type { LakeContext } from '../lake-context.ts'
import { storeFolders } from '../store-layout.ts'

/** A leftover of another machine is taken for one after this long. */
const FOREIGN_MS = 7 * 86_400_000
const NAME = /^import-([0-9a-f]{12})-(\d+)-/

/** A folder for files on their way into the lake, beside the tables (never inside one: others' VACUUM would delete it). */
export interface Staging {
  readonly folder: string
  remove(): Promise<void>
}

type StagingPlace = Pick<LakeContext, 'storage' | 'tempDirectory'>

/** Makes the staging folder of an import: in the store's `tmp/`, or in the temporary one where the lake is on no local disk. */
export function openStaging(lake: StagingPlace, storeId: string): Staging {
  const folder = join(parentOf(lake, storeId), `import-${machineId()}-${process.pid}-${randomUUID()}`)
  mkdirSync(folder, { recursive: true })
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Removes the folder of a store that was not made after all. */
export async function removePlannedStore({ storage }: StagingPlace, storeId: string): Promise<void> {
  const tmp = storage.localPath(storeFolders(storeId).tmp)
  if (tmp === undefined) return
  for (const folder of [tmp, dirname(tmp)]) await rmdir(folder).catch(() => undefined)
}

/** Makes a folder for what a dry run writes and throws away. */
export function openDryStaging(scratch: string): Staging {
  const folder = mkdtempSync(join(scratch, 'dry-run-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

function parentOf({ storage, tempDirectory }: StagingPlace, storeId: string): string {
  return storage.localPath(storeFolders(storeId).tmp) ?? tempDirectory
}

/** Removes what imports left behind that were killed: those of this machine at once, those of others after a week. */
export async function cleanStaging(lake: StagingPlace, storeId: string): Promise<void> {
  const parent = parentOf(lake, storeId)
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    const match = NAME.exec(name)
    if (!match) continue
    const folder = join(parent, name)
    const isLeft = match[1] === machineId() ? !isAlive(Number(match[2])) : await isOlderThan(folder, FOREIGN_MS)
    if (isLeft) await rm(folder, { recursive: true, force: true })
  }
}

async function isOlderThan(path: string, ms: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats !== undefined && Date.now() - stats.mtimeMs > ms
}
