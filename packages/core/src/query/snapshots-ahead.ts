import type { LakeContext } from '../lake/lake-context.ts'
import type { Snapshot } from '../table/index.ts'

/** The newest states of the stores that were queried last: most queries ask for the same again. */
export interface SnapshotsAhead {
  /** Asks for them, by the ids of stores, as a query does that begins now. Nobody need wait for any. */
  ask(): ReadonlyMap<string, Promise<Snapshot>>
  note(storeIds: readonly string[]): void
}

/** Stores that are asked for ahead: each costs a request that may be in vain. */
const MOST_STORES = 3

export function createSnapshotsAhead(lake: LakeContext): SnapshotsAhead {
  let last: readonly string[] = []
  return {
    ask() {
      const asked = last.map((id) => [id, lake.eventsTable(id).then((events) => events.snapshot())] as const)
      // Whoever needs one that failed is told.
      for (const [, snapshot] of asked) snapshot.catch(() => undefined)
      return new Map(asked)
    },
    note(storeIds) {
      last = [...new Set(storeIds)].slice(0, MOST_STORES)
    },
  }
}
