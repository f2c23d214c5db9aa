import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { ObjectInfo, ObjectStore } from '../../storage/object-store.ts'
import { decodePath, intervalMs, type Snapshot, type Table } from '../../table/index.ts'
import type { VacuumedFile } from './types.ts'

export interface UnusedFiles {
  /** Old enough to be deleted. */
  readonly old: readonly VacuumedFile[]
  /** Those that are not. */
  readonly waiting: readonly VacuumedFile[]
}

const TEMPORARY = /^\.tmp-/
const LEAST_TEMPORARY_MS = 86_400_000
/** How long checkpoints remember removed files: beyond it only the log itself does. */
const TOMBSTONE_MS = 7 * 86_400_000

/**
 * Files below a table's root that no version names which was the newest one within the grace.
 *
 * The folder is listed before the table is asked: what is committed meanwhile is seen as named. Folders and files whose names
 * begin with `_` or `.` are other writers' affairs.
 *
 * @param pending keys that a commit elsewhere names and the table is about to
 */
export async function findUnused(
  table: Table,
  options: { readonly nowMs: number; readonly graceMs: number; readonly versions: readonly number[] },
  pending: () => Promise<readonly string[]>,
): Promise<UnusedFiles> {
  const { store, root } = table
  const listed: ObjectInfo[] = []
  for await (const info of store.list(`${root}/`)) {
    const segments = info.key.slice(root.length + 1).split('/')
    if (!segments.some((name) => /^[_.]/.test(name) && !name.includes('='))) listed.push(info)
  }
  const named = new Set(await pending())
  const snapshot = await table.refresh()
  for (const file of snapshot.files.values()) named.add(file.key)
  for (const version of options.versions) {
    for (const file of (await table.snapshot({ version })).files.values()) named.add(file.key)
  }
  const own = intervalMs(snapshot.metadata.configuration['delta.deletedFileRetentionDuration']) ?? 0
  const limit = options.nowMs - Math.max(options.graceMs, own)
  const removed = await removedFiles(table, snapshot, limit, options.nowMs)
  const old: VacuumedFile[] = []
  const waiting: VacuumedFile[] = []
  for (const { key, size, modifiedMs } of listed) {
    if (named.has(key)) continue
    const removedMs = removed.get(key)
    const file = { file: key, bytes: size, reason: removedMs === undefined ? 'orphan' : 'removed' } as const
    // A file that came back after its removal, or was written anew, counts from then.
    if (Math.max(removedMs ?? 0, modifiedMs) <= limit) old.push(file)
    else waiting.push(file)
  }
  return { old, waiting }
}

/** When files were removed, by key. Older removals than the log tells of are not in it. */
async function removedFiles(
  table: Table,
  snapshot: Snapshot,
  limit: number,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const removed = new Map<string, number>()
  const note = (path: string, ms: number) => {
    const key = `${table.root}/${decodePath(path)}`
    removed.set(key, Math.max(ms, removed.get(key) ?? 0))
  }
  for (const { path, deletionTimestamp } of snapshot.removed.values()) note(path, deletionTimestamp ?? 0)
  if (limit > nowMs - TOMBSTONE_MS) return removed
  for await (const { actions, commitInfo } of table.history()) {
    if ((commitInfo.timestamp ?? Infinity) <= limit) break
    for (const action of actions) {
      if ('remove' in action) note(action.remove.path, action.remove.deletionTimestamp ?? commitInfo.timestamp ?? 0)
    }
  }
  return removed
}

/** Half-written files that a stopped writer left below a folder a grace ago or, if that is longer, a day; only a local disk has any. */
export async function findTemporary(
  store: ObjectStore,
  folder: string,
  { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number },
): Promise<VacuumedFile[]> {
  const path = store.localPath(folder)
  if (path === undefined) return []
  const found: VacuumedFile[] = []
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile() || !TEMPORARY.test(entry.name)) continue
    const full = join(entry.parentPath, entry.name)
    const stats = await stat(full).catch(() => undefined)
    if (!stats || stats.mtimeMs > nowMs - Math.max(graceMs, LEAST_TEMPORARY_MS)) continue
    const key = `${folder}/${relative(path, full).split(sep).join('/')}`
    found.push({ file: key, bytes: stats.size, reason: 'temporary' })
  }
  return found
}
