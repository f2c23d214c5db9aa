import { availableParallelism } from 'node:os'
import { TraillakeError } from '../../errors/index.ts'
import type { ImportOptions } from '../types.ts'
import type { BatchLimits } from './plan-batches.ts'

const DEFAULT_MEMORY = 1_000_000_000
const MEMORY_PER_WORKER = 384 * 1024 * 1024
/** Below this what a batch costs by itself shows: a commit, a ledger file. */
const LEAST_BATCH = 10 * 1024 * 1024
const MIN_MEMORY = 128 * 1024 * 1024

/** What an import may use, from its total of memory. */
export interface Resources {
  readonly workers: number
  /** For each worker's DuckDB, which has but the odd records to write and stored duplicates to find. */
  readonly engineMemoryBytes: number
  /** Uncompressed bytes that a batch may hold in a worker. */
  readonly heldBytes: number
  readonly limits: BatchLimits
}

/**
 * Divides the memory of an import: each worker gets an equal share, up to half of it for its DuckDB where that is needed, a thirteenth
 * for the text of each of up to two batches; the rest is for Node, the columns of a row group and the records' bookkeeping.
 *
 * Errors: INVALID_OPTION.
 */
export function planResources(options: Pick<ImportOptions, 'memoryBytes' | 'workers'>, batchBytes?: number): Resources {
  const memory = options.memoryBytes ?? DEFAULT_MEMORY
  if (!(memory >= MIN_MEMORY)) {
    throw new TraillakeError('INVALID_OPTION', { option: 'memoryBytes', reason: 'must be at least 128 MiB' })
  }
  if (options.workers !== undefined && !(Number.isInteger(options.workers) && options.workers >= 1)) {
    throw new TraillakeError('INVALID_OPTION', { option: 'workers', reason: 'must be a whole number from 1' })
  }
  const fitting = Math.max(1, Math.floor(memory / MEMORY_PER_WORKER))
  const workers = options.workers ?? Math.min(availableParallelism(), fitting)
  const share = Math.floor(memory / workers)
  const target = batchBytes ?? Math.min(64 * 1024 * 1024, Math.floor(share / 13))
  return {
    workers,
    engineMemoryBytes: Math.max(100_000_000, Math.floor(share * 0.55)),
    heldBytes: Math.max(16 * 1024 * 1024, Math.floor(share / 5)),
    limits: {
      targetBytes: target,
      leastBytes: Math.min(target, LEAST_BATCH),
      workers,
      maxBytes: Math.floor(target * 1.5),
      maxFiles: 5_000,
    },
  }
}
