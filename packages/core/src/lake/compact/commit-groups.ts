import { isTraillakeError } from '../../errors/index.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { Action, AddFile, RemoveFile, Snapshot, Table } from '../../table/index.ts'
import type { CompactGroup } from './plan.ts'

/** A group whose rows lie in one new file. */
export interface Joined {
  readonly group: CompactGroup
  readonly add: AddFile
  readonly removes: readonly RemoveFile[]
  /** The new file in the store. */
  readonly key: string
  readonly rows: number
}

export interface Committer {
  /** Takes a group over; commits when there is enough. */
  add(joined: Joined): Promise<void>
  /** Commits the rest. */
  finish(): Promise<void>
}

/** So many groups wait for one commit, or so many rows: a stop loses no more work than that. */
const MAX_GROUPS = 64
const MAX_ROWS = 500_000

/**
 * Commits joined groups: each commit removes what the groups were made of and adds what they became, in one.
 *
 * Where others removed a file of a group first, that group is dropped, its output deleted, and the rest goes on.
 */
export function createCommitter(
  storage: ObjectStore,
  table: Table,
  planned: Snapshot,
  events: {
    readonly onCommitted: (joined: readonly Joined[], version: number, elapsedMs: number) => void
    readonly onLost: (group: CompactGroup) => void
  },
): Committer {
  let waiting: Joined[] = []
  let base = planned
  let last: Promise<void> = Promise.resolve()

  async function commit(joined: readonly Joined[]): Promise<void> {
    let live = joined
    let nothingLeft = false
    const drop = (snapshot: Snapshot) => {
      live = live.filter(({ group }) => group.files.every((file) => snapshot.files.has(file.path)))
      nothingLeft = live.length === 0
    }
    const started = performance.now()
    try {
      const { version, snapshot } = await table.commit({
        snapshot: base,
        actions: actionsOf(live),
        commitInfo: { operation: 'OPTIMIZE', operationParameters: { predicate: '[]' }, isBlindAppend: false },
        onConflict(winner) {
          if (winner.schemaChanged) {
            // Planned for other columns: all of it is made anew.
            nothingLeft = true
            return { kind: 'abort', reason: `version ${winner.version} changed the schema` }
          }
          if (winner.lostRemoves.length === 0) return { kind: 'retry' }
          drop(winner.snapshot)
          if (nothingLeft) return { kind: 'abort', reason: 'others removed the same files first' }
          return { kind: 'replace', actions: actionsOf(live) }
        },
      })
      base = snapshot
      events.onCommitted(live, version, performance.now() - started)
    } catch (error) {
      if (isTraillakeError(error, 'COMMIT_UNKNOWN')) throw error
      await discard(joined)
      if (!nothingLeft) throw error
      for (const { group } of joined) events.onLost(group)
      return
    }
    const lost = joined.filter((one) => !live.includes(one))
    await discard(lost)
    for (const { group } of lost) events.onLost(group)
  }

  async function discard(joined: readonly Joined[]): Promise<void> {
    // What cannot be deleted now is an orphan until it is vacuumed.
    await Promise.all(joined.map(({ key }) => storage.delete(key).catch(() => undefined)))
  }

  /** One commit at a time. */
  function flush(): Promise<void> {
    const joined = waiting
    waiting = []
    const turn = last.then(async () => {
      if (joined.length > 0) await commit(joined)
    })
    last = turn.catch(() => undefined)
    return turn
  }

  return {
    async add(joined) {
      waiting.push(joined)
      const rows = waiting.reduce((sum, one) => sum + one.rows, 0)
      if (waiting.length >= MAX_GROUPS || rows >= MAX_ROWS) await flush()
    },
    async finish() {
      await flush()
      await table.checkpointIfDue()
    },
  }
}

function actionsOf(joined: readonly Joined[]): readonly Action[] {
  return joined.flatMap(({ add, removes }) => [...removes.map((remove) => ({ remove })), { add }])
}
