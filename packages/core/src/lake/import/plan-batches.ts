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
 * and a partition that lies in two batches becomes two data files. Best it ends where a region's days do: some events are
 * delivered a day late, into the next folder.
 *
 * Batches begin small, so that the engine has work soon, and double. They shrink towards the end, so that all workers finish at
 * about the same time: each takes a share of what is left.
 */
export function* planBatches(files: readonly SourceFile[], limits: BatchLimits): Generator<readonly SourceFile[]> {
  const rests = restsOfRegions(files)
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
  for (const [i, file] of files.entries()) {
    const estimate = estimatedBytes(file)
    const last = batch.at(-1)
    if (last) {
      const isNewFolder = dirname(file.uri) !== dirname(last.uri)
      const isNewRegion = isNewFolder && regionFolder(file) !== regionFolder(last)
      const isFull =
        batch.length >= limits.maxFiles ||
        bytes + estimate > limits.maxBytes ||
        (isNewRegion && bytes >= targetBytes / 2) ||
        (isNewFolder && bytes >= targetBytes && (isNewRegion || rests[i]! > targetBytes / 2))
      if (isFull) {
        yield batch
        left -= bytes
        targetBytes = target()
        batch = []
        bytes = 0
      }
    }
    batch.push(file)
    bytes += estimate
  }
  if (batch.length > 0) yield batch
}

/** By file: the bytes from it to the end of its region. */
function restsOfRegions(files: readonly SourceFile[]): Float64Array {
  const rests = new Float64Array(files.length)
  let region: string | undefined
  let rest = 0
  for (let i = files.length - 1; i >= 0; i--) {
    const file = files[i]!
    const folder = regionFolder(file)
    rest = (folder === region ? rest : 0) + estimatedBytes(file)
    region = folder
    rests[i] = rest
  }
  return rests
}

/** `…/us-east-1` of `…/us-east-1/2024/05/01/name`: what lies in no such folder makes regions of some other kind. */
function regionFolder(file: SourceFile): string {
  return file.uri.split('/').slice(0, -4).join('/')
}

function estimatedBytes(file: SourceFile): number {
  return /\.gz$/i.test(file.key) ? file.size * RATIO : file.size
}
