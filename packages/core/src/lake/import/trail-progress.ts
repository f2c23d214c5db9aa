import { invalidOption } from '../check-options.ts'
import type { LakeContext } from '../lake-context.ts'
import type { TrailFilter } from '../types.ts'
import { type Discovery, type ImportSource, isElsewhere } from './discover.ts'
import { startOfDay } from './list-trail.ts'
import {
  borneOut,
  countLedger,
  type FolderRange,
  type FolderState,
  lookBack,
  readListingState,
  writeListingState,
} from './listing-state.ts'
import { isMoment } from './trail-filter.ts'

/** How long before the last file of a folder is looked for files that came late. */
export const DEFAULT_LOOK_BACK_HOURS = 48

/** Errors: INVALID_OPTION. */
export function checkLookBack(hours: unknown): void {
  if (hours !== undefined && !(typeof hours === 'number' && hours >= 0)) {
    throw invalidOption('lookBackHours', 'must be a number from 0')
  }
}

/** What earlier imports into a store found in the folders of trails, so that the next one need not list it again. */
export interface TrailProgress {
  /** Where to start listing a folder, given the key before the day asked for (or `''`). */
  startOf(source: ImportSource, folder: string, day: string): string
  /**
   * Keeps what is known once every file that was found is in the ledger.
   *
   * @param imported how many of them were not before
   */
  save(storeId: string, found: Discovery, imported: number, ledger: () => Promise<readonly string[]>): Promise<void>
}

/**
 * @param storeId undefined for a store that is not there yet
 * @param ledger keys of ledger files
 */
export async function openTrailProgress(
  lake: LakeContext,
  storeId: string | undefined,
  sources: readonly ImportSource[],
  ledger: () => Promise<readonly string[]>,
  options: TrailFilter & { readonly lookBackHours?: number },
): Promise<TrailProgress> {
  const { from, to, lookBackHours = DEFAULT_LOOK_BACK_HOURS } = options
  const kept = new Map<ImportSource, ReadonlyMap<string, FolderState>>()
  if (storeId !== undefined && Number.isFinite(lookBackHours)) {
    for (const source of sources.filter(isListed)) {
      const states = await readListingState(lake, storeId, placeOf(source))
      if (states.length > 0) kept.set(source, borneOut(states, await countLedger(lake, await ledger(), states)))
    }
  }

  /** The state of a folder that says something about what is asked for. */
  function stateOf(source: ImportSource, folder: string, day: string): FolderState | undefined {
    const state = kept.get(source)?.get(source.store.uri(folder))
    return state && state.after <= source.store.uri(day === '' ? folder : day) ? state : undefined
  }

  function rangesOf(source: ImportSource, { folders, files }: Listed): readonly FolderRange[] {
    const last = new Map<string, string>()
    for (const { uri } of files) last.set(folderOf(uri), uri)
    return folders.flatMap((folder) => {
      const day = startOfDay(source.store, folder, from)
      const state = stateOf(source, folder, day)
      const uri = source.store.uri(folder)
      const through = [last.get(uri), state?.through].filter((end) => end !== undefined).sort()
      if (through.length === 0) return []
      const after = state?.after ?? source.store.uri(day === '' ? folder : day)
      return [{ folder: uri, after, through: through.at(-1)! }]
    })
  }

  return {
    startOf(source, folder, day) {
      const state = stateOf(source, folder, day)
      const back = state && lookBack(state.through, state.folder, lookBackHours)
      if (back === undefined) return day
      return [day, folder + back.slice(state!.folder.length)].sort().at(-1)!
    },
    async save(id, found, imported, ledgerNow) {
      // What is kept says that all files of a stretch are known: where a day was read in part, they are not.
      if (isMoment(from) || isMoment(to)) return
      for (const [number, source] of sources.entries()) {
        const folders = found.folders[number]!
        if (folders.length === 0) continue
        const files = found.files.filter((file) => file.source === number)
        const ranges = rangesOf(source, { folders, files })
        const before = kept.get(source) ?? new Map<string, FolderState>()
        // Late files within the ranges are new too: the ledger holds more than was kept.
        if (imported === 0 && ranges.every((range) => isSame(range, before.get(range.folder)))) continue
        const states = await countLedger(lake, await ledgerNow(), ranges)
        const listed = new Set(folders.map((folder) => source.store.uri(folder)))
        const others = [...before.values()].filter(({ folder }) => !listed.has(folder))
        await writeListingState(lake, id, placeOf(source), [...others, ...states])
      }
    },
  }
}

function isSame({ after, through }: FolderRange, state: FolderState | undefined): boolean {
  return state?.after === after && state.through === through
}

interface Listed {
  readonly folders: readonly string[]
  readonly files: readonly { readonly uri: string }[]
}

/** The folder of an account and region that a file lies in. */
function folderOf(uri: string): string {
  return uri.replace(/\d{4}\/\d{2}\/\d{2}\/[^/]*$/, '')
}

function placeOf({ store }: ImportSource): string {
  return store.location
}

function isListed(source: ImportSource): boolean {
  return source.only === undefined && isElsewhere(source)
}
