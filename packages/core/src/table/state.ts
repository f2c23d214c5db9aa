import { tmpdir } from 'node:os'
import { createTableEngine } from '../engine/table-engine.ts'
import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { readCheckpoint } from './checkpoint-read.ts'
import { type CheckpointFiles, type Log, type LoggedCommit, listLog, readCommitsAfter, readHint } from './log.ts'
import { applyCommits, corrupt, type Draft, emptyDraft } from './snapshot.ts'
import type { CheckpointEngine, Snapshot } from './types.ts'

/** The newest state known, and what has come since the last checkpoint. */
export interface LogState {
  readonly snapshot: Snapshot
  /** -1 without a checkpoint. */
  readonly checkpointVersion: number
  readonly bytesSinceCheckpoint: number
}

/** Uses the given engine, or one of its own for as long as `use` runs. */
export async function withEngine<T>(
  engine: CheckpointEngine | undefined,
  use: (engine: CheckpointEngine) => Promise<T>,
): Promise<T> {
  if (engine) return use(engine)
  const own = createTableEngine({ scratch: tmpdir() })
  try {
    return await use(own)
  } finally {
    own.close()
  }
}

/**
 * Reads the newest state: hint, checkpoint, commits after it until one is missing.
 *
 * A hint can be older than the log (commits below a newer checkpoint are cleaned away after a while), so the end of the log
 * is confirmed by listing what comes after it.
 *
 * @returns undefined when there is no log
 */
export async function readNewestState(log: Log, engine: CheckpointEngine | undefined): Promise<LogState | undefined> {
  const hint = await readHint(log)
  const hinted = hint && (await readFrom(log, hint, engine).catch(damaged))
  if (hinted) {
    const more = await listLog(log, hinted.snapshot.version)
    if (more.commits.length === 0 && more.checkpoints.length === 0 && more.otherCheckpoints.length === 0) return hinted
  }
  return readListed(log, engine)
}

/** A damaged checkpoint is passed over: an older one and the commits after it say the same. */
function damaged(error: unknown): undefined {
  if (!isTraillakeError(error, 'TABLE_CORRUPT')) throw error
}

/** Reads the newest state, or the one of a version, from a listing of the log. */
async function readListed(
  log: Log,
  engine: CheckpointEngine | undefined,
  upTo = Infinity,
): Promise<LogState | undefined> {
  const listing = await listLog(log)
  const newest = Math.max(listing.commits.at(-1) ?? -1, listing.checkpoints.at(-1)?.version ?? -1)
  if (newest === -1 && listing.otherCheckpoints.length === 0) return undefined
  const target = Math.min(upTo, newest)
  for (const files of listing.checkpoints.filter((c) => c.version <= target).reverse()) {
    const state = await readFrom(log, files, engine, upTo).catch(damaged)
    if (state && state.snapshot.version >= target) return state
  }
  const commits = await readCommitsAfter(log, -1, upTo)
  const last = commits.at(-1)?.version ?? -1
  if (last >= target && last !== -1) return stateOf(log, emptyDraft(), -1, commits)
  if (listing.otherCheckpoints.length > 0) {
    throw new TraillakeError('TABLE_FEATURE_UNSUPPORTED', { table: log.label, feature: 'v2Checkpoint' })
  }
  if (upTo < Infinity) return undefined
  throw corrupt(log, `commit ${last + 1} is missing and no checkpoint after it can be read`)
}

async function readFrom(
  log: Log,
  files: CheckpointFiles,
  engine: CheckpointEngine | undefined,
  upTo = Infinity,
): Promise<LogState | undefined> {
  const draft = await withEngine(engine, (used) => readCheckpoint(log, files, used))
  if (!draft) return undefined
  draft.timestampMs = (await log.store.head(files.keys[0]!))?.modifiedMs ?? 0
  const [own] = await readCommitsAfter(log, files.version - 1, files.version)
  if (own) draft.timestampMs = own.timestampMs
  return stateOf(log, draft, files.version, await readCommitsAfter(log, files.version, upTo))
}

function stateOf(log: Log, draft: Draft, checkpointVersion: number, commits: readonly LoggedCommit[]): LogState {
  return {
    snapshot: applyCommits(draft, commits, log),
    checkpointVersion,
    bytesSinceCheckpoint: commits.reduce((sum, c) => sum + c.bytes, 0),
  }
}

/** The state of an older version; undefined when the log no longer tells it. */
export async function readVersion(
  log: Log,
  version: number,
  engine: CheckpointEngine | undefined,
): Promise<Snapshot | undefined> {
  const state = await readListed(log, engine, version)
  return state?.snapshot.version === version ? state.snapshot : undefined
}
