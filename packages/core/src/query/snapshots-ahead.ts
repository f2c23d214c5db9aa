import type { LakeContext } from '../lake/lake-context.ts'
import type { EventDataStore } from '../lake/types.ts'
import type { Snapshot } from '../table/index.ts'

/** The newest states of the stores that were queried last: most queries ask for the same again. */
export interface SnapshotsAhead {
  /**
   * Asks for them as a query does that begins now. Nobody need wait for any. Whoever has another object for a store than the one that was
   * noted knows a newer catalog, in which that id may be another store's: it finds none.
   */
  ask(): ReadonlyMap<EventDataStore, Promise<Snapshot>>
  note(stores: readonly EventDataStore[]): void
}

/** Stores that are asked for ahead: each costs a request that may be in vain. */
const MOST_STORES = 3

export function createSnapshotsAhead(lake: LakeContext): SnapshotsAhead {
  let last: readonly EventDataStore[] = []
  return {
    ask() {
      const asked = last.map(
        (store) => [store, lake.eventsTable(store.id).then((events) => events.snapshot())] as const,
      )
      // Whoever needs one that failed is told.
      for (const [, snapshot] of asked) snapshot.catch(() => undefined)
      return new Map(asked)
    },
    note(stores) {
      last = [...new Set(stores)].slice(0, MOST_STORES)
    },
  }
}
