import { createTableEngine, type TableEngine } from '../../engine/table-engine.ts'
import { mapLimited } from '../import/map-limited.ts'
import { explainFailure } from './find-damage.ts'
import { type MergedFile, type MergeOptions, mergeFiles } from './merge-files.ts'
import type { DescribedSchemas } from './merge-source.ts'

export type Merge = (
  paths: readonly string[],
  options: Omit<MergeOptions, 'memoryBytes' | 'described'>,
) => Promise<MergedFile>

/**
 * Files are read to be written anew, and then a few narrow columns of them to be compared: keeping all that was read in memory of its own
 * costs the engine more than asking the system once more.
 */
const MERGE_SETTINGS = { enable_external_file_cache: false } as const

/** Engines that work side by side, each on a core and with its share of the memory. */
export interface MergeWorkers {
  /** Lets every item be worked on, by as many at once as there are engines. The first failure stops new ones. */
  forEach<T>(items: readonly T[], work: (item: T, merge: Merge) => Promise<void>): Promise<void>
  close(): Promise<void>
}

/**
 * The work is the engine's, outside the JavaScript thread: engines, each with one thread and a spill folder of its own, are
 * all the parallelism there is need for.
 */
export function createMergeWorkers(options: {
  readonly count: number
  readonly engineMemoryBytes: number
  readonly scratch: string
}): MergeWorkers {
  const engines: TableEngine[] = []
  const idle: TableEngine[] = []
  const described: DescribedSchemas = new Map()

  function take(): TableEngine {
    const free = idle.pop()
    if (free) return free
    const engine = createTableEngine({
      scratch: options.scratch,
      memoryBytes: options.engineMemoryBytes,
      settings: MERGE_SETTINGS,
    })
    engines.push(engine)
    return engine
  }

  return {
    async forEach(items, work) {
      await mapLimited(items, options.count, async (item) => {
        const engine = take()
        try {
          await work(item, async (paths, merge) => {
            try {
              return await mergeFiles(engine, paths, { ...merge, memoryBytes: options.engineMemoryBytes, described })
            } catch (error) {
              throw await explainFailure(engine, paths, merge.staging, error)
            }
          })
        } finally {
          idle.push(engine)
        }
      })
    },
    async close() {
      await Promise.all(engines.map((engine) => engine.close()))
    },
  }
}
