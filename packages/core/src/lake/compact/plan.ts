import { type DataFile, fileStats, type Snapshot } from '../../table/index.ts'
import { isLargeDraft } from '../draft-files.ts'

export interface CompactRule {
  /** Files of at least half this size are left as they are; no output is planned above it. */
  readonly targetBytes: number
  /** Fewer small files in a partition than this are left as they are; at least 2. */
  readonly minFiles: number
  /** Leaves out files that are much larger than all smaller ones together: so a row is not written again for every few that come. */
  readonly tiered: boolean
}

/** Files of one partition that become one, in the order in which their rows begin; one alone gets the filters that it lacks. */
export interface CompactGroup {
  readonly files: readonly DataFile[]
}

/** A file more than this many times as large as all smaller ones together waits until they have grown. */
const TIER_FACTOR = 2

/**
 * What is to be joined: in each partition the small files, those that begin first together, up to `targetBytes` an output.
 *
 * @param order columns that rows lie in the order of
 */
export function planGroups(
  snapshot: Snapshot,
  order: readonly string[],
  rule: CompactRule,
  only?: ReadonlySet<string>,
): readonly CompactGroup[] {
  const partitions = new Map<string, DataFile[]>()
  for (const file of snapshot.files.values()) {
    if (file.size >= rule.targetBytes / 2) continue
    const key = partitionKey(snapshot, file)
    if (only && !only.has(key)) continue
    const files = partitions.get(key)
    if (files) files.push(file)
    else partitions.set(key, [file])
  }
  const groups: CompactGroup[] = []
  for (const files of partitions.values()) {
    const small = rule.tiered ? lowTiers(files) : files
    const hasEnough = small.length >= Math.max(2, rule.minFiles)
    // Filters that an import left out are worth writing a file again when somebody asks for it, not after every import.
    const takesDrafts = !rule.tiered && rule.minFiles <= 2
    if (hasEnough || takesDrafts) groups.push(...bins(small, order, rule.targetBytes, takesDrafts))
  }
  return groups
}

export function partitionKey(snapshot: Snapshot, file: DataFile): string {
  return JSON.stringify(snapshot.metadata.partitionColumns.map((name) => file.partitionValues[name] ?? null))
}

function lowTiers(files: readonly DataFile[]): readonly DataFile[] {
  const ascending = [...files].sort((a, b) => a.size - b.size)
  let below = ascending.reduce((sum, file) => sum + file.size, 0)
  while (ascending.length > 0) {
    const largest = ascending.at(-1)!
    below -= largest.size
    if (largest.size <= TIER_FACTOR * below) break
    ascending.pop()
  }
  // In the order of the table again.
  const kept = new Set(ascending)
  return files.filter((file) => kept.has(file))
}

function bins(
  files: readonly DataFile[],
  order: readonly string[],
  targetBytes: number,
  takesDrafts: boolean,
): CompactGroup[] {
  // Files that begin side by side go together, so that the outputs of a large partition have little in common.
  const starts = new Map(
    files.map((file) => [file, order.map((name) => String(fileStats(file).min[name] ?? '\u{10FFFF}'))]),
  )
  const sorted = [...files].sort((a, b) => compareTexts(starts.get(a)!, starts.get(b)!))
  const found: DataFile[][] = []
  let bytes = 0
  for (const file of sorted) {
    if (found.length === 0 || bytes + file.size > targetBytes) {
      found.push([])
      bytes = 0
    }
    found.at(-1)!.push(file)
    bytes += file.size
  }
  return found.filter((bin) => bin.length > 1 || (takesDrafts && bin.some(isLargeDraft))).map((bin) => ({ files: bin }))
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  for (const [i, text] of a.entries()) if (text !== b[i]) return text < b[i]! ? -1 : 1
  return 0
}
