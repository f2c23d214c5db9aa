import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isTraillakeError } from '../errors/index.ts'
import { checkWritable } from './actions.ts'
import { sqlString } from './checkpoint-read.ts'
import { checkpointKey, hintKey, type Log } from './log.ts'
import { corrupt } from './snapshot.ts'
import type { CheckpointEngine, DataFile, Snapshot } from './types.ts'

/** How long a removed file stays in checkpoints, and so is spared by everybody's vacuum. */
export const TOMBSTONE_MS = 7 * 86_400_000

const STRINGS = 'MAP(VARCHAR, VARCHAR)'
const COLUMNS = {
  txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)',
  add: `STRUCT(path VARCHAR, partitionValues ${STRINGS}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, tags ${STRINGS}, stats VARCHAR)`,
  remove: `STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, partitionValues ${STRINGS}, size BIGINT, tags ${STRINGS})`,
  metaData: `STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options ${STRINGS}), schemaString VARCHAR, partitionColumns VARCHAR[], configuration ${STRINGS}, createdTime BIGINT)`,
  protocol:
    'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])',
  domainMetadata: 'STRUCT(domain VARCHAR, configuration VARCHAR, removed BOOLEAN)',
} as const

/**
 * Writes `<version>.checkpoint.parquet` (V1, one file) and then `_last_checkpoint`.
 *
 * Two processes that write the same version write equivalent files; the first stays.
 *
 * @returns false where the log holds actions that we do not know: a checkpoint would drop them
 */
export async function writeCheckpoint(
  log: Log,
  snapshot: Snapshot,
  engine: CheckpointEngine,
  nowMs: number,
): Promise<boolean> {
  if (snapshot.unknownActions.size > 0) return false
  checkWritable(snapshot.protocol, snapshot.metadata, log.label)
  await mkdir(engine.scratch, { recursive: true })
  const base = join(engine.scratch, `checkpoint-${randomUUID()}`)
  const [ndjson, parquet] = [`${base}.ndjson`, `${base}.parquet`]
  try {
    const count = { rows: 0, longest: 0 }
    await pipeline(lines(snapshot, nowMs, count), createWriteStream(ndjson))
    const columns = Object.entries(COLUMNS).map(([name, type]) => `${name}: ${sqlString(type)}`)
    await engine.run(
      `COPY (SELECT * FROM read_json(${sqlString(ndjson)}, format='newline_delimited', maximum_object_size=${objectSize(count.longest)},
        columns={${columns.join(', ')}})) TO ${sqlString(parquet)} (FORMAT parquet, COMPRESSION snappy)`,
    )
    await checkWritten(log, snapshot, engine, parquet, count.rows)
    const key = checkpointKey(log, snapshot.version)
    try {
      await log.store.putFile(key, parquet)
    } catch (error) {
      if (!isTraillakeError(error, 'STORAGE_ERROR') || !(await log.store.head(key))) throw error
    }
    const hint = {
      version: snapshot.version,
      size: count.rows,
      sizeInBytes: (await log.store.head(key))?.size ?? 0,
      numOfAddFiles: snapshot.files.size,
    }
    await log.store.put(hintKey(log), Buffer.from(JSON.stringify(hint)))
    return true
  } finally {
    await rm(ndjson, { force: true })
    await rm(parquet, { force: true })
  }
}

function* lines(snapshot: Snapshot, nowMs: number, count: { rows: number; longest: number }): Generator<string> {
  let chunk = ''
  for (const action of checkpointActions(snapshot, nowMs)) {
    count.rows += 1
    const line = `${JSON.stringify(action)}\n`
    count.longest = Math.max(count.longest, line.length)
    chunk += line
    if (chunk.length < 65_536) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}

/** The engine takes memory twice as large as the longest line may be. A UTF-16 unit is at most three bytes. */
function objectSize(longest: number): number {
  return Math.max(1_048_576, longest * 3)
}

function* checkpointActions(snapshot: Snapshot, nowMs: number): Generator<object> {
  yield { protocol: snapshot.protocol }
  yield { metaData: snapshot.metadata }
  for (const txn of snapshot.transactions.values()) yield { txn }
  for (const domainMetadata of snapshot.domains.values()) yield { domainMetadata }
  for (const file of snapshot.files.values()) yield { add: addOf(file) }
  for (const remove of snapshot.removed.values()) {
    if ((remove.deletionTimestamp ?? 0) > nowMs - TOMBSTONE_MS) yield { remove: { ...remove, dataChange: false } }
  }
}

function addOf({ path, partitionValues, size, modificationTime, stats, tags }: DataFile): object {
  return { path, partitionValues, size, modificationTime, dataChange: false, tags, stats }
}

/** A checkpoint replaces the log below it: what was written is counted before anybody is told of it. */
async function checkWritten(
  log: Log,
  snapshot: Snapshot,
  engine: CheckpointEngine,
  path: string,
  rows: number,
): Promise<void> {
  const sql = `SELECT count(*)::VARCHAR, count(add.path)::VARCHAR, count(txn.appId)::VARCHAR, count(metaData.id)::VARCHAR
    FROM read_parquet(${sqlString(path)})`
  const wanted = [rows, snapshot.files.size, snapshot.transactions.size, 1].map(String)
  for await (const [found] of engine.rows(sql)) {
    if (found?.every((text, i) => text === wanted[i])) return
    throw corrupt(
      log,
      `a checkpoint of version ${snapshot.version} came out as ${found?.join()} instead of ${wanted.join()}`,
    )
  }
  throw corrupt(log, `a checkpoint of version ${snapshot.version} cannot be read back`)
}
