import { dirname } from 'node:path/posix'
import type { PartitionLayout } from '../types.ts'
import type { SourceFile } from './protocol.ts'

export interface BatchLimits {
  /** Uncompressed bytes, estimated: a batch is ended at the next folder beyond this. */
  readonly targetBytes: number
  /** Towards the end batches are smaller, but no smaller than this. */
  readonly leastBytes: number
  readonly workers: number
  /** Beyond this it is ended within a folder, too. */
  readonly maxBytes: number
  readonly maxFiles: number
}

/** CloudTrail's JSON shrinks 6 to 10 times; a batch that holds less than planned is better than one that holds more. */
const RATIO = 10

/**
 * Cuts files into batches, in the order of their keys; where partitions are days, of their days. A batch ends where a folder
 * does, when it can: folders are partitions of the trail, and a partition that lies in two batches becomes two data files. Best
 * it ends where a region's days do, or a day's regions: some events are delivered a day late, into the next folder.
 *
 * Batches shrink towards the end, so that all workers finish at about the same time: each takes a share of what is left.
 */
export function* planBatches(
  listed: readonly SourceFile[],
  limits: BatchLimits,
  layout: PartitionLayout,
): Generator<readonly SourceFile[]> {
  const files = layout === 'date' ? byDay(listed) : listed
  const groupOf = layout === 'date' ? dayFolder : regionFolder
  const rests = restsOfGroups(files, groupOf)
  let left = files.reduce((sum, file) => sum + estimatedBytes(file), 0)
  const target = () => Math.min(limits.targetBytes, Math.max(limits.leastBytes, left / (2 * limits.workers)))
  let batch: SourceFile[] = []
  let bytes = 0
  let targetBytes = target()
  for (const [i, file] of files.entries()) {
    const estimate = estimatedBytes(file)
    const last = batch.at(-1)
    if (last) {
      const isNewFolder = dirname(file.uri) !== dirname(last.uri)
      const isNewGroup = isNewFolder && groupOf(file) !== groupOf(last)
      const isFull =
        batch.length >= limits.maxFiles ||
        bytes + estimate > limits.maxBytes ||
        (isNewGroup && bytes >= targetBytes / 2) ||
        (isNewFolder && bytes >= targetBytes && (isNewGroup || rests[i]! > targetBytes / 2))
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

/** By file: the bytes from it to the end of its group. */
function restsOfGroups(files: readonly SourceFile[], groupOf: (file: SourceFile) => string): Float64Array {
  const rests = new Float64Array(files.length)
  let group: string | undefined
  let rest = 0
  for (let i = files.length - 1; i >= 0; i--) {
    const file = files[i]!
    const own = groupOf(file)
    rest = (own === group ? rest : 0) + estimatedBytes(file)
    group = own
    rests[i] = rest
  }
  return rests
}

/** `…/us-east-1` of `…/us-east-1/2024/05/01/name`: what lies in no such folder makes regions of some other kind. */
function regionFolder(file: SourceFile): string {
  return file.uri.split('/').slice(0, -4).join('/')
}

const DAY_FOLDER = /\/(\d{4}\/\d{2}\/\d{2})\/[^/]*$/

/** `2024/05/01` of `…/us-east-1/2024/05/01/name`; empty for what lies in no such folder. */
function dayFolder(file: SourceFile): string {
  return DAY_FOLDER.exec(file.uri)?.[1] ?? ''
}

/** Files of one day in their order, what lies in no day's folder first. */
function byDay(files: readonly SourceFile[]): readonly SourceFile[] {
  const days = files.map((file) => ({ file, day: dayFolder(file) }))
  return days.sort((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day))).map(({ file }) => file)
}

function estimatedBytes(file: SourceFile): number {
  return /\.gz$/i.test(file.key) ? file.size * RATIO : file.size
}
