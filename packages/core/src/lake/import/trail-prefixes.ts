import { TraillakeError } from '../../errors/index.ts'
import { holdsRecords, readTrailKey } from '../../events/index.ts'
import type { ObjectStore } from '../../storage/index.ts'
import type { TrailFilter } from '../types.ts'
import { mapLimited } from './map-limited.ts'

/** How many listings are under way at once. */
export const PARALLEL_LISTS = 16

/** How many folders above `AWSLogs` a trail's prefix may have below the place that was named. */
const MAX_ABOVE = 3
/** How many folders are looked into for it. */
const MAX_FOLDERS = 1000

export interface TrailPrefixes {
  /** Folders that end in `/`, or the store itself, `''`. */
  readonly folders: readonly string[]
  /** They were found by the layout of a trail: each holds the days of one account and region, or a part of them. */
  readonly isTrail: boolean
}

/**
 * Finds the folders of a trail that hold files, by asking for the names of folders level by level: one request a folder above,
 * none for a file. A place without `AWSLogs` on the way to it or below it is taken as one folder of files.
 *
 * Errors: INVALID_OPTION for a place with too many folders to look for `AWSLogs` in: it would be a walk of the bucket.
 */
export async function findTrailPrefixes(store: ObjectStore, filter: TrailFilter): Promise<TrailPrefixes> {
  const root = store.location.split('/')

  async function visit(folder: string): Promise<readonly string[]> {
    const at = levelOf([...root, ...folder.split('/').slice(0, -1)])
    if (at.level === 'days') return [folder]
    const names = await store.listFolders(folder)
    const below = names.filter((name) => isWanted(name, at, filter)).map((name) => `${folder}${name}/`)
    return (await mapLimited(below, PARALLEL_LISTS, visit)).flat()
  }

  let looked = 0
  async function findAbove(folder: string, depth: number): Promise<readonly string[]> {
    if (++looked > MAX_FOLDERS) {
      const reason = `is too wide: ${store.location} has more than ${MAX_FOLDERS} folders that are not of a trail`
      throw new TraillakeError('INVALID_OPTION', { option: 'source', reason }, { hint: 'name the folder of the trail' })
    }
    const names = await store.listFolders(folder)
    if (names.includes('AWSLogs')) return visit(`${folder}AWSLogs/`)
    if (depth === MAX_ABOVE) return []
    const below = names.map((name) => `${folder}${name}/`)
    return (await mapLimited(below, PARALLEL_LISTS, (each) => findAbove(each, depth + 1))).flat()
  }

  if (levelOf(root).level !== 'above') return { folders: await visit(''), isTrail: true }
  const folders = await findAbove('', 0)
  return folders.length > 0 ? { folders, isTrail: true } : { folders: [''], isTrail: false }
}

interface Level {
  /** What the folders at this place are named for. */
  readonly level: 'above' | 'accounts' | 'kinds' | 'regions' | 'days'
  readonly account: string
}

/** Where in `AWSLogs/[<o-id>/]<account>/<kind>/<region>/…` a folder is. */
function levelOf(segments: readonly string[]): Level {
  const start = segments.lastIndexOf('AWSLogs')
  if (start === -1) return { level: 'above', account: '' }
  const rest = segments.slice(start + 1)
  if (rest[0]?.startsWith('o-')) rest.shift()
  const levels = ['accounts', 'kinds', 'regions', 'days'] as const
  return { level: levels[Math.min(rest.length, 3)]!, account: rest[0] ?? '' }
}

function isWanted(name: string, { level, account }: Level, { accounts, regions }: TrailFilter): boolean {
  switch (level) {
    case 'accounts':
      return name.startsWith('o-') || (/^\d{12}$/.test(name) && (accounts?.includes(name) ?? true))
    case 'kinds':
      return holdsRecords(readTrailKey(`AWSLogs/${account}/${name}/file`).kind)
    default:
      return regions?.includes(name) ?? true
  }
}
