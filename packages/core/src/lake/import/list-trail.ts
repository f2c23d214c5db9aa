import { readTrailKey } from '../../events/index.ts'
import { isArchive, type ObjectInfo, type ObjectStore } from '../../storage/index.ts'
import type { TrailFilter } from '../types.ts'
import { mapLimited } from './map-limited.ts'
import { dayOf, isMeant } from './trail-filter.ts'
import { findTrailPrefixes, PARALLEL_LISTS } from './trail-prefixes.ts'

/** Keys in one answer of S3. */
const KEYS_A_LISTING = 1000

export interface TrailListing {
  readonly infos: readonly ObjectInfo[]
  /** The folders of the trail that were listed, by their keys; none where the place holds no trail. */
  readonly folders: readonly string[]
  /** How many listings were asked for. */
  readonly requests: number
}

/**
 * Lists the files of a trail in a store that answers by prefix. The keys below an account and region are in the order of delivery:
 * one listing from the day asked for, or from what is known already, finds all that is new.
 *
 * @param startOf where to start in a folder, given the key before the day asked for (or `''`): files up to there are known
 */
export async function listTrail(
  store: ObjectStore,
  filter: TrailFilter,
  startOf: (folder: string, day: string) => string,
  signal?: AbortSignal,
): Promise<TrailListing> {
  let requests = 0
  const counted: ObjectStore = {
    ...store,
    listFolders(prefix) {
      requests += 1
      return store.listFolders(prefix)
    },
  }
  const { folders, isTrail } = await findTrailPrefixes(counted, filter)

  async function listFolder(folder: string): Promise<readonly ObjectInfo[]> {
    const infos: ObjectInfo[] = []
    let count = 0
    const after = isTrail ? startOf(folder, startOfDay(store, folder, filter.from)) : ''
    for await (const info of store.list(folder, { after, ...(signal ? { signal } : {}) })) {
      count += 1
      const file = readTrailKey(store.uri(info.key))
      if (isTrail && filter.to !== undefined && (file.date ?? '') > dayOf(filter.to)) break
      if (isArchive(info.key) || isMeant(filter, file)) infos.push(info)
    }
    requests += Math.max(1, Math.ceil(count / KEYS_A_LISTING))
    return infos
  }

  const infos = (await mapLimited(folders, PARALLEL_LISTS, listFolder)).flat()
  return { infos, folders: isTrail ? folders : [], requests }
}

/**
 * A key before all of the day of `from` and after all of earlier days; `''` where the folder lies inside another day, month or year.
 */
export function startOfDay(store: ObjectStore, folder: string, from: string | undefined): string {
  if (from === undefined) return ''
  const days = /\/AWSLogs\/(?:o-[^/]*\/)?[^/]+\/[^/]+\/[^/]+\/(.*)$/.exec(`/${store.uri(folder)}`)?.[1] ?? ''
  const parts = dayOf(from).split('-').join('/')
  return parts.startsWith(days) ? folder + parts.slice(days.length) : ''
}
