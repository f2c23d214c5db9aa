import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { checkReadable, checkWritable, serializeActions } from './actions.ts'
import { commitKey, getIfThere, type Log, readCommitFile } from './log.ts'
import { applyCommits, corrupt, draftOf } from './snapshot.ts'
import type { Action, CommitInfo, CommitRequest, CommitResult, ConflictDecision, Snapshot, Winner } from './types.ts'

/** What this release calls itself in logs and records. */
export const ENGINE_INFO = 'traillake/0.1.0'
const MAX_ATTEMPTS = 100
const MAX_JITTER_MS = 50
/** How often a write whose answer is unclear is looked into before giving up. */
const MAX_UNCLEAR = 5

/** What we want to write. */
interface Batch {
  readonly actions: readonly Action[]
  readonly commitInfo: CommitRequest['commitInfo']
}

/**
 * Writes the next numbered commit by put-if-absent, learning from every commit that came first.
 *
 * Losing a race means that the next version exists: it is read, applied, decided upon, and the number after it is tried.
 *
 * @param known the newest version known: no number up to it is tried, its file may have been cleaned away
 * Errors: COMMIT_CONFLICT (nothing was written), COMMIT_UNKNOWN (the store did not say whether it was).
 */
export async function commitTo(
  log: Log,
  request: CommitRequest,
  known: number,
): Promise<CommitResult & { readonly bytes: number }> {
  let batch: Batch = request
  let base = request.snapshot
  checkBatch(log, base, batch)
  if (base.version < known) ({ base, batch } = await catchUp(log, base, batch, request.onConflict))
  if (base.version < known) {
    const reason = `commit ${base.version + 1} is gone, the state to be changed is too old`
    throw new TraillakeError('COMMIT_CONFLICT', { table: log.label, reason })
  }
  const txnId = randomUUID()
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    if (request.signal?.aborted) throw new TraillakeError('CANCELLED', { what: `the commit to ${log.label}` })
    const timestamp = Math.max(Date.now(), base.timestampMs + 1)
    const { operation, ...others } = batch.commitInfo
    const commitInfo: CommitInfo = {
      timestamp,
      operation,
      operationParameters: {},
      ...others,
      engineInfo: ENGINE_INFO,
      txnId,
    }
    const actions: readonly Action[] = [{ commitInfo }, ...batch.actions]
    const version = base.version + 1
    const bytes = Buffer.from(serializeActions(actions))
    // The state is made first: what cannot be read back must not be written.
    const snapshot = applyCommits(draftOf(base), [{ version, actions, commitInfo, timestampMs: timestamp }], log)
    if (await putCommit(log, version, bytes)) {
      return { version, snapshot, commitInfo, attempts: attempt, bytes: bytes.length }
    }
    ;({ base, batch } = await catchUp(log, base, batch, request.onConflict))
    if (attempt > 1) await sleep(Math.random() * MAX_JITTER_MS)
  }
  throw new TraillakeError('COMMIT_CONFLICT', {
    table: log.label,
    reason: `${MAX_ATTEMPTS} other commits came first`,
  })
}

/** Reads the commits that came first, oldest first, and makes the batch right for the state after them. */
async function catchUp(
  log: Log,
  from: Snapshot,
  ours: Batch,
  onConflict: CommitRequest['onConflict'],
): Promise<{ base: Snapshot; batch: Batch }> {
  let base = from
  let batch = ours
  for (;;) {
    const commit = await readCommitFile(log, base.version + 1)
    if (!commit) return { base, batch }
    const snapshot = applyCommits(draftOf(base), [commit], log)
    const winner: Winner = {
      version: commit.version,
      actions: commit.actions,
      commitInfo: commit.commitInfo,
      snapshot,
      schemaChanged: commit.actions.some((action) => 'protocol' in action || 'metaData' in action),
      lostRemoves: deadRemoves(batch, snapshot),
      lostTransactions: sharedTransactions(batch, commit.actions),
    }
    checkWritable(snapshot.protocol, snapshot.metadata, log.label)
    batch = decide(log, batch, winner, onConflict ? await onConflict(winner) : { kind: 'retry' })
    base = snapshot
    checkBatch(log, base, batch)
  }
}

function decide(log: Log, batch: Batch, winner: Winner, decision: ConflictDecision): Batch {
  const refuse = (reason: string) => new TraillakeError('COMMIT_CONFLICT', { table: log.label, reason })
  switch (decision.kind) {
    case 'replace':
      return { actions: decision.actions, commitInfo: decision.commitInfo ?? batch.commitInfo }
    case 'abort':
      throw refuse(decision.reason)
    case 'retry':
      if (winner.schemaChanged) throw refuse(`version ${winner.version} changed the schema`)
      if (winner.lostRemoves.length > 0)
        throw refuse(`version ${winner.version} removed ${winner.lostRemoves[0]} first`)
      if (winner.lostTransactions.length > 0) {
        throw refuse(`version ${winner.version} moved ${winner.lostTransactions[0]} on first`)
      }
      return batch
  }
}

function deadRemoves(batch: Batch, snapshot: Snapshot): string[] {
  return batch.actions.flatMap((a) => ('remove' in a && !snapshot.files.has(a.remove.path) ? [a.remove.path] : []))
}

function sharedTransactions(batch: Batch, theirs: readonly Action[]): string[] {
  const moved = new Set(theirs.flatMap((a) => ('txn' in a ? [a.txn.appId] : [])))
  return batch.actions.flatMap((a) => ('txn' in a && moved.has(a.txn.appId) ? [a.txn.appId] : []))
}

/** Refuses a batch that would damage the table: COMMIT_CONFLICT where the state forbids it, TypeError for what is never right. */
function checkBatch(log: Log, state: Snapshot, batch: Batch): void {
  checkWritable(state.protocol, state.metadata, log.label)
  const paths = new Set<string>()
  let metadata = state.metadata
  let protocol = state.protocol
  for (const action of batch.actions) {
    if ('commitInfo' in action || 'unknown' in action)
      throw new TypeError('a batch holds no commitInfo and no unknown action')
    if ('metaData' in action) metadata = action.metaData
    if ('protocol' in action) protocol = action.protocol
    const file = 'add' in action ? action.add : 'remove' in action ? action.remove : undefined
    if (!file) continue
    if (paths.has(file.path)) throw new TypeError(`a batch names ${file.path} twice`)
    paths.add(file.path)
    const isLive = state.files.has(file.path)
    if ('add' in action && isLive) {
      throw new TraillakeError('COMMIT_CONFLICT', { table: log.label, reason: `${file.path} is in the table already` })
    }
    if ('remove' in action && !isLive) {
      throw new TraillakeError('COMMIT_CONFLICT', { table: log.label, reason: `${file.path} is not in the table` })
    }
    if ('add' in action) checkPartition(action.add.partitionValues, state, file.path)
  }
  if (metadata.id !== state.metadata.id) throw new TypeError('the id of a table never changes')
  checkReadable(protocol, metadata, log.label)
}

function checkPartition(values: Readonly<Record<string, string | null>>, state: Snapshot, path: string): void {
  const wanted = [...state.metadata.partitionColumns].sort().join()
  if (Object.keys(values).sort().join() !== wanted)
    throw new TypeError(`the partition values of ${path} are not those of ${wanted}`)
}

/**
 * Puts the bytes under the number if nothing is there: true when they are in the log, false when others are.
 *
 * An error does not say whether the write took place, and neither does "something is there" from a client that repeats
 * calls by itself: the bytes there decide. They are ours alone, because of the `txnId`.
 */
export async function putCommit(log: Log, version: number, bytes: Buffer): Promise<boolean> {
  const key = commitKey(log, version)
  let failure: unknown
  let isUnclear = false
  for (let attempt = 0; attempt < MAX_UNCLEAR; attempt++) {
    if (attempt > 0) await sleep(Math.random() * MAX_JITTER_MS)
    try {
      failure = undefined
      if (await log.store.putIfAbsent(key, bytes)) return true
    } catch (error) {
      failure = error
    }
    try {
      const there = await getIfThere(log.store, key)
      if (there) return there.equals(bytes)
      isUnclear = false
    } catch (error) {
      failure ??= error
      isUnclear = true
      continue
    }
    // A disk that is full or forbids writing says so before anything is written, and nothing is there.
    if (isTraillakeError(failure, 'STORAGE_FULL') || isTraillakeError(failure, 'STORAGE_DENIED')) throw failure
  }
  if (failure === undefined && !isUnclear)
    throw corrupt(log, `commit ${version} is said to be there and cannot be read`)
  throw new TraillakeError(
    'COMMIT_UNKNOWN',
    { table: log.label, version, reason: failure instanceof Error ? failure.message : String(failure) },
    { cause: failure, hint: 'leave the written files where they are and look at the table again' },
  )
}
