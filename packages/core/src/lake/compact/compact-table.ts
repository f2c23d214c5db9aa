import { randomUUID } from 'node:crypto'
import { isTraillakeError } from '../../errors/index.ts'
import {
  type AddFile,
  type ColumnStats,
  type DataFile,
  dataFileName,
  fileStats,
  makeAdd,
  makeRemove,
  parseSchemaString,
  type Snapshot,
  type Table,
} from '../../table/index.ts'
import { damagedFile, GONE } from '../damaged-file.ts'
import type { LakeContext } from '../lake-context.ts'
import { createLocalCopies } from '../local-file.ts'
import { createCommitter, type Joined } from './commit-groups.ts'
import { describeFailure } from './find-damage.ts'
import type { MergeWorkers } from './merge-workers.ts'
import { type CompactGroup, type CompactRule, partitionKey, planGroups } from './plan.ts'
import type { CompactFailure, CompactProgress, CompactTableName, TableCompaction } from './types.ts'

/** A table that is compacted: in which order its rows lie, and what is known of its columns. */
export interface CompactSubject {
  readonly name: CompactTableName
  readonly table: Table
  readonly order: readonly string[]
  readonly identity: readonly string[]
  readonly statistics: Readonly<Record<string, ColumnStats['kind']>>
}

export interface CompactRun {
  readonly lake: LakeContext
  readonly storeName: string
  readonly rule: CompactRule
  readonly workers: MergeWorkers
  readonly staging: string
  readonly onProgress: (progress: Exclude<CompactProgress, { kind: 'planned' }>) => void
  readonly onPlanned: (table: CompactTableName, plan: { files: number; bytes: number; outputs: number }) => void
  readonly failures: CompactFailure[]
  readonly checkStopped: () => void
}

/** How often partitions are planned anew whose files somebody else removed meanwhile. */
const MAX_ROUNDS = 10

/** What would be joined, from the log alone. */
export function previewTable(subject: CompactSubject, snapshot: Snapshot, rule: CompactRule): TableCompaction {
  const groups = planGroups(snapshot, subject.order, rule)
  const files = groups.flatMap((group) => group.files)
  return {
    filesRemoved: files.length,
    filesAdded: groups.length,
    rows: files.reduce((sum, file) => sum + (fileStats(file).numRecords ?? 0), 0),
    bytesRemoved: files.reduce((sum, file) => sum + file.size, 0),
    bytesAdded: 0,
    commits: 0,
    slowestCommitMs: 0,
    version: snapshot.version,
  }
}

/**
 * Joins the small files of a table's partitions. Files that somebody else removes meanwhile (another compactor, retention) are
 * no error: what was made of them is thrown away, and their partitions are looked at again.
 */
export async function compactTable(run: CompactRun, subject: CompactSubject): Promise<TableCompaction> {
  const { table } = subject
  const total = {
    filesRemoved: 0,
    filesAdded: 0,
    rows: 0,
    bytesRemoved: 0,
    bytesAdded: 0,
    commits: 0,
    slowestCommitMs: 0,
  }
  let snapshot = await table.refresh()
  let only: ReadonlySet<string> | undefined
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const groups = planGroups(snapshot, subject.order, run.rule, only)
    if (groups.length === 0) break
    const files = groups.flatMap((group) => group.files)
    const bytes = files.reduce((sum, file) => sum + file.size, 0)
    run.onPlanned(subject.name, { files: files.length, bytes, outputs: groups.length })
    const lost = await joinGroups(run, subject, snapshot, groups, total)
    if (lost.size === 0) break
    only = lost
    snapshot = await table.refresh()
  }
  return { ...total, version: table.current().version }
}

type Total = { -readonly [K in keyof Omit<TableCompaction, 'version'>]: number }

/** Gives the partitions whose files were removed by others. */
async function joinGroups(
  run: CompactRun,
  subject: CompactSubject,
  base: Snapshot,
  groups: readonly CompactGroup[],
  total: Total,
): Promise<ReadonlySet<string>> {
  const { lake } = run
  const lost = new Set<string>()
  const keyOf = (group: CompactGroup) => partitionKey(base, group.files[0]!)
  const committer = createCommitter(lake.storage, subject.table, base, {
    onCommitted(joined, version, elapsedMs) {
      total.commits += 1
      total.slowestCommitMs = Math.max(total.slowestCommitMs, elapsedMs)
      for (const { group, add, rows } of joined) {
        total.filesRemoved += group.files.length
        total.filesAdded += 1
        total.rows += rows
        total.bytesRemoved += group.files.reduce((sum, file) => sum + file.size, 0)
        total.bytesAdded += add.size
      }
      run.onProgress({ kind: 'committed', table: subject.name, version })
    },
    onLost: (group) => lost.add(keyOf(group)),
  })
  const work = run.workers.forEach(groups, async (group, merge) => {
    run.checkStopped()
    try {
      const joined = await joinGroup(run, subject, base, group, merge)
      await committer.add(joined)
      const bytes = group.files.reduce((sum, file) => sum + file.size, 0)
      run.onProgress({ kind: 'joined', files: group.files.length, rows: joined.rows, bytes })
    } catch (error) {
      run.checkStopped()
      if (!isAboutFiles(error)) throw error
      const { files } = await subject.table.refresh()
      if (group.files.some((file) => !files.has(file.path))) lost.add(keyOf(group))
      else {
        const failure = { store: run.storeName, table: subject.name, ...describeFailure(group, error) }
        run.failures.push(failure)
        run.onProgress({ kind: 'failed', ...failure })
      }
    }
  })
  try {
    await work
  } catch (error) {
    // What is done is done: it need not be made again.
    await committer.finish().catch(() => undefined)
    throw error
  }
  await committer.finish()
  return lost
}

async function joinGroup(
  run: CompactRun,
  subject: CompactSubject,
  base: Snapshot,
  group: CompactGroup,
  merge: Parameters<Parameters<MergeWorkers['forEach']>[1]>[1],
): Promise<Joined> {
  const { lake } = run
  const { storage } = lake
  const { partitionColumns, schemaString } = base.metadata
  await checkThere(storage, group.files)
  const paths = await createLocalCopies(storage, run.staging)(group.files.map((file) => file.key))
  const merged = await merge(paths, {
    tableColumns: parseSchemaString(schemaString)
      .map((column) => column.name)
      .filter((name) => !partitionColumns.includes(name)),
    partitionColumns,
    order: subject.order,
    identity: subject.identity,
    statistics: subject.statistics,
    staging: run.staging,
    checkStopped: run.checkStopped,
  }).catch((error: unknown) => {
    throw namedByKey(error, paths, group)
  })
  checkRows(group, merged.rows)
  const { partitionValues } = group.files[0]!
  const name = dataFileName(partitionColumns, partitionValues, randomUUID())
  const key = subject.table.root === '' ? name : `${subject.table.root}/${name}`
  const { size, modifiedMs } = await storage.putFile(key, merged.path)
  const add: AddFile = makeAdd({
    name,
    partitionValues,
    size,
    modifiedMs,
    stats: merged.stats,
    dataChange: false,
  })
  const removes = group.files.map((file) => makeRemove(file, { deletionTimestampMs: Date.now(), dataChange: false }))
  return { group, add, removes, key, rows: merged.rows }
}

/** The engine knows files by their paths, which may be those of copies; people know them by their keys. */
function namedByKey(error: unknown, paths: readonly string[], { files }: CompactGroup): unknown {
  if (!isTraillakeError(error, 'DATA_FILE_DAMAGED')) return error
  const { file, reason } = error.params
  const key = files[paths.indexOf(file)]?.key ?? file
  return damagedFile(key, reason.replaceAll(file, key), error)
}

/** A file whose size is not the log's has been damaged, even where it can still be read. */
async function checkThere(storage: LakeContext['storage'], files: readonly DataFile[]): Promise<void> {
  for (const file of files) {
    const info = await storage.head(file.key)
    if (!info) throw damagedFile(file.key, GONE)
    if (info.size !== file.size) {
      const reason = `it has ${info.size} bytes, the log says ${file.size}`
      throw damagedFile(file.key, reason)
    }
  }
}

function checkRows(group: CompactGroup, rows: number): void {
  const counts = group.files.map((file) => fileStats(file).numRecords)
  if (counts.some((count) => count === undefined)) return
  const wanted = counts.reduce<number>((sum, count) => sum + count!, 0)
  if (wanted !== rows) {
    const reason = `it and the files beside it hold ${rows} rows, the log says ${wanted}`
    throw damagedFile(group.files[0]!.key, reason)
  }
}

/** Failures that concern the files of one group: the others can be joined all the same. */
function isAboutFiles(error: unknown): boolean {
  return isTraillakeError(error, 'DATA_FILE_DAMAGED') || isTraillakeError(error, 'EXCEEDED_MEMORY_LIMIT')
}
