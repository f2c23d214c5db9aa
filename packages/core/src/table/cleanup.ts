import { commitKey, listLog, logOf, readHint } from './log.ts'
import type { Table } from './types.ts'

const DEFAULT_RETENTION_MS = 30 * 86_400_000

const UNIT_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

export interface ExpiryOptions {
  readonly nowMs: number
  /** Commits from this version on stay, because somebody has yet to read them. */
  readonly keepFrom?: number
  /** The oldest version that has to stay readable whatever its age. */
  readonly keepVersion?: number
}

/**
 * Keys of commits that may be deleted, oldest first: delete them in this order, so that a stop half-way leaves no gap.
 *
 * Every version that was the newest one at some moment of the table's `delta.logRetentionDuration` (30 days unless told) can
 * still be read afterwards: what goes lies below the newest checkpoint at or before the first of them. The checkpoint's own
 * commit stays: some readers need it to travel to that version.
 */
export async function listExpiredCommits(table: Table, options: ExpiryOptions): Promise<readonly string[]> {
  return (await listExpired(table, options)).commits
}

/** As `listExpiredCommits`, with the checkpoints below the one that stays. */
export async function listExpiredLogFiles(table: Table, options: ExpiryOptions): Promise<readonly string[]> {
  const { commits, checkpoints } = await listExpired(table, options)
  return [...commits, ...checkpoints]
}

async function listExpired(
  table: Table,
  options: ExpiryOptions,
): Promise<{ readonly commits: readonly string[]; readonly checkpoints: readonly string[] }> {
  const nothing = { commits: [], checkpoints: [] }
  const log = logOf(table.store, table.root)
  const hint = await readHint(log)
  if (!hint) return nothing
  for (const key of hint.keys) if (!(await table.store.head(key))) return nothing
  const retention = intervalMs(table.current().metadata.configuration['delta.logRetentionDuration'])
  const oldest = options.nowMs - (retention ?? DEFAULT_RETENTION_MS)
  const { commits, checkpoints } = await listLog(log)
  const old: number[] = []
  for (const version of commits) {
    const info = await table.store.head(commitKey(log, version))
    if (!info || info.modifiedMs >= oldest) break
    old.push(version)
  }
  // The last of the old ones was still the newest version when the retention began.
  const first = Math.min(old.at(-1) ?? -1, hint.version, options.keepVersion ?? Infinity)
  const base = checkpoints.filter((checkpoint) => checkpoint.version <= first).at(-1)
  if (!base) return nothing
  const end = Math.min(base.version, options.keepFrom ?? Infinity)
  return {
    commits: old.filter((version) => version < end).map((version) => commitKey(log, version)),
    checkpoints: checkpoints.filter((checkpoint) => checkpoint.version < end).flatMap((checkpoint) => checkpoint.keys),
  }
}

/** `interval 30 days`, `interval 1 week 2 days` in milliseconds; undefined without text; what cannot be read lasts for ever. */
export function intervalMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const parts = text
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '')
    .split(/\s+/)
  let sum = 0
  for (let i = 0; i < parts.length; i += 2) {
    const unit = UNIT_MS[(parts[i + 1] ?? '').replace(/s$/, '')]
    const count = Number(parts[i])
    if (unit === undefined || !Number.isFinite(count) || count < 0) return Infinity
    sum += count * unit
  }
  return sum
}
