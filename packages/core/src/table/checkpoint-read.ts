import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { parseAction } from './actions.ts'
import { type CheckpointFiles, getIfThere, type Log } from './log.ts'
import { applyAction, corrupt, type Draft, emptyDraft } from './snapshot.ts'
import type { AddFile, CheckpointEngine, RemoveFile } from './types.ts'

/**
 * Reads a checkpoint, ours or another writer's, by the names of its members: others leave some out and add their own.
 *
 * @returns undefined when a file of it is not there
 * Errors: TABLE_CORRUPT, TABLE_FEATURE_UNSUPPORTED for deletion vectors and sidecars.
 */
export async function readCheckpoint(
  log: Log,
  files: CheckpointFiles,
  engine: CheckpointEngine,
): Promise<Draft | undefined> {
  const copies: string[] = []
  try {
    const paths: string[] = []
    for (const key of files.keys) {
      const local = log.store.localPath(key)
      if (local !== undefined) {
        if (!(await log.store.head(key))) return undefined
        paths.push(local)
        continue
      }
      const bytes = await getIfThere(log.store, key)
      if (!bytes) return undefined
      await mkdir(engine.scratch, { recursive: true })
      const copy = join(engine.scratch, `checkpoint-${randomUUID()}.parquet`)
      copies.push(copy)
      await writeFile(copy, bytes)
      paths.push(copy)
    }
    return await readFiles(log, files.version, paths, engine)
  } finally {
    await Promise.all(copies.map((copy) => rm(copy, { force: true })))
  }
}

async function readFiles(
  log: Log,
  version: number,
  paths: readonly string[],
  engine: CheckpointEngine,
): Promise<Draft> {
  const draft = emptyDraft()
  const source = `[${paths.map(sqlString).join()}]`
  const from = `FROM read_parquet(${source}, union_by_name=true)`
  const name = `checkpoint ${version}`
  try {
    const members = await readMembers(engine, source)
    for await (const rows of engine.rows(otherActionsSql(members, from))) {
      for (const [kind, json] of rows) {
        if (kind === 'sidecar')
          throw new TraillakeError('TABLE_FEATURE_UNSUPPORTED', { table: log.label, feature: 'v2Checkpoint' })
        if (kind && json) applyAction(draft, parseAction(kind, withoutNulls(JSON.parse(json)), log.label, name), log)
      }
    }
    const removes = members.get('remove')
    if (removes) {
      for await (const rows of engine.rows(removesSql(removes, from))) {
        for (const row of rows) applyAction(draft, { remove: removeOf(row, log, name) }, log)
      }
    }
    const adds = members.get('add')
    if (adds) {
      for await (const rows of engine.rows(addsSql(adds, from))) {
        for (const row of rows) applyAction(draft, { add: addOf(row, log, name) }, log)
      }
    }
  } catch (error) {
    if (isTraillakeError(error)) throw error
    throw new TraillakeError('TABLE_CORRUPT', { table: log.label, reason: `${name} cannot be read` }, { cause: error })
  }
  draft.version = version
  return draft
}

/** Members of each top-level column. */
type Members = ReadonlyMap<string, ReadonlySet<string>>

async function readMembers(engine: CheckpointEngine, source: string): Promise<Members> {
  const members = new Map<string, Set<string>>()
  const sql = `SELECT file_name, name, coalesce(num_children, 0)::VARCHAR FROM parquet_schema(${source})`
  let file: string | null | undefined
  /** Children still to come at each level; the tree is listed in pre-order. */
  let open: number[] = []
  let column = ''
  for await (const rows of engine.rows(sql)) {
    for (const [fileName, name, children] of rows) {
      if (fileName !== file) {
        file = fileName
        open = [Number(children)]
        continue
      }
      while (open.at(-1) === 0) open.pop()
      if (open.length === 1) {
        column = name ?? ''
        if (!members.has(column)) members.set(column, new Set())
      } else if (open.length === 2) members.get(column)?.add(name ?? '')
      open[open.length - 1]! -= 1
      open.push(Number(children))
    }
  }
  return members
}

/** Everything but files, one row an action: its kind and its JSON. What we do not know comes as a name only. */
function otherActionsSql(members: Members, from: string): string {
  const whole = ['protocol', 'metaData', 'txn', 'domainMetadata']
  const selects = [...members.keys()]
    .filter((column) => column !== 'add' && column !== 'remove')
    .map((column) => {
      const json = whole.includes(column) ? `to_json(${sqlName(column)})::VARCHAR` : `'{}'`
      return `SELECT ${sqlString(column)}, ${json} ${from} WHERE ${sqlName(column)} IS NOT NULL${whole.includes(column) ? '' : ' LIMIT 1'}`
    })
  return selects.length === 0 ? `SELECT NULL, NULL WHERE false` : selects.map((s) => `(${s})`).join(' UNION ALL ')
}

/** Members as VARCHAR columns in a fixed order, NULL where the file has none. */
function memberSql(
  column: string,
  members: ReadonlySet<string>,
  wanted: readonly (readonly [string, 'text' | 'json'])[],
): string {
  return wanted
    .map(([member, form]) => {
      if (!members.has(member)) return 'NULL::VARCHAR'
      const path = `${sqlName(column)}.${sqlName(member)}`
      return form === 'json' ? `to_json(${path})::VARCHAR` : `${path}::VARCHAR`
    })
    .join(', ')
}

function fileSql(column: 'add' | 'remove', members: ReadonlySet<string>, columns: string, from: string): string {
  const vector = members.has('deletionVector') ? `(${column}.deletionVector IS NOT NULL)::VARCHAR` : `'false'`
  return `SELECT ${columns}, ${vector} ${from} WHERE ${column}.path IS NOT NULL`
}

function addsSql(members: ReadonlySet<string>, from: string): string {
  const plain = memberSql('add', members, [
    ['path', 'text'],
    ['partitionValues', 'json'],
    ['size', 'text'],
    ['modificationTime', 'text'],
    ['tags', 'json'],
  ])
  const text = members.has('stats') ? 'add.stats' : 'NULL::VARCHAR'
  const parsed = members.has('stats_parsed') ? 'to_json(add.stats_parsed)::VARCHAR' : 'NULL'
  return fileSql('add', members, `${plain}, coalesce(${text}, ${parsed})`, from)
}

function removesSql(members: ReadonlySet<string>, from: string): string {
  const columns = memberSql('remove', members, [
    ['path', 'text'],
    ['partitionValues', 'json'],
    ['size', 'text'],
    ['deletionTimestamp', 'text'],
  ])
  return fileSql('remove', members, columns, from)
}

type Row = readonly (string | null)[]

function addOf([path, partitionValues, size, modified, tags, stats, vector]: Row, log: Log, source: string): AddFile {
  refuseVector(vector, log)
  if (!path || !size || !partitionValues) throw corrupt(log, `${source}: add has no path, size or partition values`)
  return {
    path,
    partitionValues: JSON.parse(partitionValues),
    size: Number(size),
    modificationTime: Number(modified ?? 0),
    dataChange: false,
    ...(stats ? { stats } : {}),
    ...(tags ? { tags: JSON.parse(tags) } : {}),
  }
}

function removeOf([path, partitionValues, size, deleted, vector]: Row, log: Log, source: string): RemoveFile {
  refuseVector(vector, log)
  if (!path) throw corrupt(log, `${source}: remove has no path`)
  return {
    path,
    dataChange: false,
    ...(deleted ? { deletionTimestamp: Number(deleted) } : {}),
    ...(partitionValues ? { extendedFileMetadata: true, partitionValues: JSON.parse(partitionValues) } : {}),
    ...(size ? { size: Number(size) } : {}),
  }
}

function refuseVector(vector: string | null | undefined, log: Log): void {
  if (vector === 'true')
    throw new TraillakeError('TABLE_FEATURE_UNSUPPORTED', { table: log.label, feature: 'deletionVectors' })
}

/** A struct's NULL members are members that the action does not have. */
function withoutNulls(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
}

export function sqlString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
