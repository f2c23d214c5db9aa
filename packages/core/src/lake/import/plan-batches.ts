import { dirname } from 'node:path/posix'
import type { SourceFile } from './protocol.ts'

export interface BatchLimits {
  /** Uncompressed bytes, estimated: a batch is ended at the next folder beyond this. */
  readonly targetBytes: number
  /** At the beginning and towards the end batches are smaller, but no smaller than this. */
  readonly leastBytes: number
  readonly workers: number
  /** Beyond this it is ended within a folder, too. */
  readonly maxBytes: number
  readonly maxFiles: number
}

/** CloudTrail's JSON shrinks 6 to 10 times; a batch that holds less than planned is better than one that holds more. */
const RATIO = 10

/**
 * Cuts files, in their order, into batches. A batch ends where a folder does, when it can: folders are partitions of the trail,
 * and a partition that lies in two batches becomes two data files.
 *
 * Batches begin small, so that the engine has work soon, and double. They shrink towards the end, so that all workers finish at
 * about the same time: each takes a share of what is left.
 */
export function* planBatches(files: readonly SourceFile[], limits: BatchLimits): Generator<readonly SourceFile[]> {
  let left = files.reduce((sum, file) => sum + estimatedBytes(file), 0)
  const whole = left
  const target = () =>
    Math.min(
      limits.targetBytes,
      Math.max(limits.leastBytes, left / (2 * limits.workers)),
      Math.max(limits.leastBytes, whole - left),
    )
  let batch: SourceFile[] = []
  let bytes = 0
  let targetBytes = target()
  let folder: string | undefined
  for (const file of files) {
    const estimate = estimatedBytes(file)
    const nextFolder = dirname(file.uri)
    const isFull =
      batch.length >= limits.maxFiles ||
      bytes + estimate > limits.maxBytes ||
      (bytes >= targetBytes && nextFolder !== folder)
    if (isFull && batch.length > 0) {
      yield batch
      left -= bytes
      targetBytes = target()
      batch = []
      bytes = 0
    }
    batch.push(file)
    bytes += estimate
    folder = nextFolder
  }
  if (batch.length > 0) yield batch
}

function estimatedBytes(file: SourceFile): number {
  return /\.gz$/i.test(file.key) ? file.size * RATIO : file.size
}
