import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { TraillakeError } from '../errors/index.ts'
import type { LakeContext } from '../lake/lake-context.ts'

/** The lake's folder as the engine's sandbox knows it: without symbolic links. */
export function storageRoot(lake: LakeContext): string {
  const path = lake.storage.localPath('traillake.json')
  if (path === undefined) {
    throw new TraillakeError('UNSUPPORTED_STORAGE', {
      location: lake.storage.location,
      reason: 'queries read local files',
    })
  }
  return dirname(realpathSync(path))
}
