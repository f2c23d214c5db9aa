import type { Lake } from '@traillake/core'
import type { Lease } from '../lease.ts'

const KIND = 'query-slots'

interface Slot {
  readonly server: string
}

/** The queries that may be under way at a time in a lake, whichever server runs them. */
export interface QuerySlots {
  /** Takes a slot, with a lease that is held; undefined when all are taken. */
  take(): Promise<number | undefined>
  release(slot: number): Promise<void>
}

/** Each slot is a document that is there while it is taken; those of servers that are gone are free. */
export function createQuerySlots(lake: Lake, lease: Lease, count: number): QuerySlots {
  const held = new Set<number>()

  async function tryTake(id: string): Promise<boolean> {
    const before = (await lake.documents.read<Slot>(KIND, id))?.value
    // A slot of this server that it does not hold is one that it could not give back.
    if (before && before.server !== lease.serverId && (await lease.isAlive(before.server))) return false
    let isMine = false
    await lake.documents.update<Slot>(KIND, id, (current) => {
      isMine = current?.server === before?.server
      return isMine ? { server: lease.serverId } : undefined
    })
    return isMine
  }

  return {
    async take() {
      for (let slot = 0; slot < count; slot++) {
        if (held.has(slot)) continue
        // Held before the first wait, so that calls at the same time look at different ones.
        held.add(slot)
        let isMine = false
        try {
          isMine = await tryTake(`slot-${slot}`)
        } finally {
          if (!isMine) held.delete(slot)
        }
        if (isMine) return slot
      }
      return undefined
    },
    async release(slot) {
      try {
        await lake.documents.remove(KIND, `slot-${slot}`)
      } catch (error) {
        process.emitWarning(`a query's slot could not be given back now: ${(error as Error).message}`)
      } finally {
        held.delete(slot)
      }
    },
  }
}
