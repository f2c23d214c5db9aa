import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TraillakeError } from '../errors/index.ts'
import { mapLimited } from '../lake/import/map-limited.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import { FOOTER } from './copies/footers.ts'

/** The folders that queries read: the lake's own, or that of the copies of a lake that is on no local disk. */
export function queryFolders({ storage }: LakeContext): readonly string[] {
  return storage.copies ? [storage.copies.folder] : [join(lakeFolder(storage), 'stores')]
}

/** Gives the path of each data file, as the engine's sandbox knows it: without symbolic links. Copies need not be there yet. */
export function dataPaths({ storage }: LakeContext): (key: string) => string {
  const { copies } = storage
  if (copies) return (key) => copies.pathOf(key)
  const folder = lakeFolder(storage)
  return (key) => join(folder, key)
}

const folders = new WeakMap<LakeContext['storage'], string>()

/** Looked for once: the sandbox, too, is told when it is opened, and for good. */
function lakeFolder(storage: LakeContext['storage']): string {
  const known = folders.get(storage)
  if (known !== undefined) return known
  const path = storage.localPath('traillake.json')
  if (path === undefined) {
    throw new TraillakeError('UNSUPPORTED_STORAGE', {
      location: storage.location,
      reason: 'queries read local files',
    })
  }
  const folder = dirname(realpathSync(path))
  folders.set(storage, folder)
  return folder
}

/** Files that are looked for at once. */
const PARALLEL_LOOKS = 32

/** How many of these files are there no more. */
export async function countMissing({ storage }: LakeContext, keys: readonly string[]): Promise<number> {
  const { copies } = storage
  // Of what the copies have the end, more may be there; what is not is found when it is fetched.
  const isThere = copies
    ? async (key: string) =>
        [copies.pathOf(key), copies.pathOf(key, FOOTER)].some((path) => existsSync(path)) ||
        (await storage.head(key)) !== undefined
    : async (key: string) => existsSync(storage.localPath(key)!)
  const found = await mapLimited(keys, PARALLEL_LOOKS, isThere)
  return found.filter((one) => !one).length
}
