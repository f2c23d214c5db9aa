import { availableParallelism } from 'node:os'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { mapLimited } from '../import/map-limited.ts'
import { createTemplate, type StoreCheck } from './context.ts'

/** Data files that are read side by side. */
const FILE_LANES = Math.min(4, availableParallelism())

/** Works on data files side by side, each lane with a connection that has the template of `createTemplate`. The first failure ends all. */
export async function inFileLanes<T>(
  { lake, store, checkStopped }: StoreCheck,
  items: readonly T[],
  work: (item: T, connection: DuckDBConnection) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = () =>
    lake.engine.withConnection(async (connection) => {
      await createTemplate(connection, store.schema)
      try {
        while (next < items.length) {
          checkStopped()
          await work(items[next++]!, connection)
        }
      } catch (error) {
        next = items.length
        throw error
      }
    })
  const lanes = Array.from({ length: Math.min(FILE_LANES, items.length) }, () => lane)
  await mapLimited(lanes, FILE_LANES, (run) => run())
}

/** Lets work wait for the one before it: a connection runs one statement at a time. */
export function inTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
