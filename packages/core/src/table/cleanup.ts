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

/**
 * Keys of commits that may be deleted, oldest first: delete them in this order, so that a stop half-way leaves no gap.
 *
 * A commit goes when it is older than the table's `delta.logRetentionDuration` (30 days unless told) and lies below the
 * checkpoint that `_last_checkpoint` names, which every reader finds. The checkpoint's own commit stays: some readers
 * need it to travel to that version.
 *
 * @param options.keepFrom commits from this version on stay, because somebody has yet to read them
 */
export async function listExpiredCommits(
  table: Table,
  options: { readonly nowMs: number; readonly keepFrom?: number },
): Promise<readonly string[]> {
  const log = logOf(table.store, table.root)
  const hint = await readHint(log)
  if (!hint) return []
  for (const key of hint.keys) if (!(await table.store.head(key))) return []
  const end = Math.min(hint.version, options.keepFrom ?? Infinity)
  const oldest = options.nowMs - retentionMs(table.current().metadata.configuration['delta.logRetentionDuration'])
  const expired: string[] = []
  for (const version of (await listLog(log)).commits) {
    if (version >= end) break
    const key = commitKey(log, version)
    const info = await table.store.head(key)
    if (!info || info.modifiedMs >= oldest) break
    expired.push(key)
  }
  return expired
}

/** `interval 30 days`, `interval 1 week 2 days`; what cannot be read keeps everything. */
function retentionMs(text: string | undefined): number {
  if (text === undefined) return DEFAULT_RETENTION_MS
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
