import { isUtf8 } from 'node:buffer'
import { isTraillakeError } from '../errors/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { parseActions } from './actions.ts'
import { corrupt, type TablePlace, type TimedCommit } from './snapshot.ts'
import type { CommitInfo } from './types.ts'

/** The log of one table: where it is and what it lies in. */
export interface Log extends TablePlace {
  readonly store: ObjectStore
  /** Key prefix, ends in `/`. */
  readonly folder: string
}

/** A commit as read from its file. */
export interface LoggedCommit extends TimedCommit {
  /** Size of the file. */
  readonly bytes: number
}

export interface CheckpointFiles {
  readonly version: number
  /** All parts, in order. */
  readonly keys: readonly string[]
}

/** What a listing of the log found. */
export interface LogListing {
  /** Ascending. */
  readonly commits: readonly number[]
  /** Complete ones, ascending. */
  readonly checkpoints: readonly CheckpointFiles[]
  /** Versions with a checkpoint of the second kind (V2), which we cannot read. */
  readonly otherCheckpoints: readonly number[]
}

export function logOf(store: ObjectStore, root: string): Log {
  const folder = root === '' ? '_delta_log/' : `${root}/_delta_log/`
  return { store, root, folder, label: root === '' ? store.location : `${store.location}/${root}` }
}

const digits = (version: number) => String(version).padStart(20, '0')

export function commitKey(log: Log, version: number): string {
  return `${log.folder}${digits(version)}.json`
}

export function checkpointKey(log: Log, version: number): string {
  return `${log.folder}${digits(version)}.checkpoint.parquet`
}

export function hintKey(log: Log): string {
  return `${log.folder}_last_checkpoint`
}

/** The whole object, or undefined where there is none. */
export async function getIfThere(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  try {
    return await store.get(key)
  } catch (error) {
    if (isTraillakeError(error, 'SOURCE_NOT_FOUND')) return undefined
    throw error
  }
}

/** Reads one commit; undefined when its file is not there. */
export async function readCommitFile(log: Log, version: number): Promise<LoggedCommit | undefined> {
  const key = commitKey(log, version)
  const bytes = await getIfThere(log.store, key)
  if (!bytes) return undefined
  if (bytes.length === 0) throw corrupt(log, `commit ${version} is empty`)
  if (!isUtf8(bytes)) throw corrupt(log, `commit ${version} is no UTF-8 text`)
  const actions = parseActions(bytes.toString(), log.label, `commit ${version}`)
  const found = actions.find((action) => 'commitInfo' in action)
  const commitInfo: CommitInfo = found && 'commitInfo' in found ? found.commitInfo : {}
  const { timestamp } = commitInfo
  const timestampMs = typeof timestamp === 'number' ? timestamp : ((await log.store.head(key))?.modifiedMs ?? 0)
  return { version, actions, commitInfo, timestampMs, bytes: bytes.length }
}

const MAX_AHEAD = 16

/** Reads the commits after `version` until one is missing. Reads ahead, more with every round. */
export async function readCommitsAfter(log: Log, version: number, upTo = Infinity): Promise<LoggedCommit[]> {
  const commits: LoggedCommit[] = []
  for (let ahead = 1; ; ahead = Math.min(ahead * 2, MAX_AHEAD)) {
    const first = version + commits.length + 1
    const count = Math.min(ahead, upTo - first + 1)
    if (count <= 0) return commits
    const batch = await Promise.all(Array.from({ length: count }, (_, i) => readCommitFile(log, first + i)))
    for (const commit of batch) {
      if (!commit) return commits
      commits.push(commit)
    }
  }
}

const COMMIT = /^(\d{20})\.json$/
const CHECKPOINT = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/
const OTHER_CHECKPOINT = /^(\d{20})\.checkpoint\.[0-9a-f-]{36}\.(?:json|parquet)$/

/** Lists the log. `after` leaves out everything up to and including that version's commit. */
export async function listLog(log: Log, after?: number): Promise<LogListing> {
  const commits: number[] = []
  const parts = new Map<string, string[]>()
  const otherCheckpoints: number[] = []
  const options = after === undefined ? {} : { after: commitKey(log, after) }
  for await (const { key } of log.store.list(log.folder, options)) {
    const name = key.slice(log.folder.length)
    // Everything of the log starts with a digit; what other writers add (`_trino_meta/…`) comes later in the order.
    if (name > ':') break
    const commit = COMMIT.exec(name)
    const checkpoint = CHECKPOINT.exec(name)
    const other = OTHER_CHECKPOINT.exec(name)
    if (commit) commits.push(Number(commit[1]))
    else if (other) otherCheckpoints.push(Number(other[1]))
    else if (checkpoint) {
      const id = `${checkpoint[1]}.${checkpoint[3] ?? ''}`
      parts.set(id, [...(parts.get(id) ?? []), key])
    }
  }
  const checkpoints: CheckpointFiles[] = []
  for (const [id, keys] of parts) {
    const [version, count] = id.split('.')
    if (keys.length === Number(count || 1)) checkpoints.push({ version: Number(version), keys })
  }
  return { commits, checkpoints: checkpoints.sort((a, b) => a.version - b.version), otherCheckpoints }
}

/** The checkpoint that `_last_checkpoint` names; undefined when there is no such file or it cannot be read. Only a hint. */
export async function readHint(log: Log): Promise<CheckpointFiles | undefined> {
  const bytes = await getIfThere(log.store, hintKey(log))
  if (!bytes) return undefined
  let hint: unknown
  try {
    hint = JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
  if (typeof hint !== 'object' || hint === null) return undefined
  const { version, parts, v2Checkpoint } = hint as Record<string, unknown>
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0 || v2Checkpoint) return undefined
  if (parts === undefined || parts === null) return { version, keys: [checkpointKey(log, version)] }
  if (typeof parts !== 'number' || !Number.isSafeInteger(parts) || parts < 1 || parts > 10_000) return undefined
  const part = (n: number) => String(n).padStart(10, '0')
  const keys = Array.from(
    { length: parts },
    (_, i) => `${log.folder}${digits(version)}.checkpoint.${part(i + 1)}.${part(parts)}.parquet`,
  )
  return { version, keys }
}
