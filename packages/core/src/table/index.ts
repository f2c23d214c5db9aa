export { dataFileName, makeAdd, makeRemove } from './actions.ts'
export { addColumns, missingColumns } from './add-columns.ts'
export { type ExpiryOptions, intervalMs, listExpiredCommits, listExpiredLogFiles } from './cleanup.ts'
export { ENGINE_INFO } from './commit.ts'
export { createTable, openTable, tableExists } from './delta-table.ts'
export { decodePath, encodePath, partitionFolder } from './partition-path.ts'
export { firstByTime, mayHoldTimes, type PruneColumns, pruneFiles, type TimeSpan } from './prune.ts'
export { buildSchemaString, parseSchemaString } from './schema-string.ts'
export {
  buildStats,
  type ColumnStats,
  type FileStats,
  fileStats,
  parseStats,
  parseTimestampStat,
  timestampText,
} from './stats.ts'
export type {
  Action,
  AddFile,
  CheckpointEngine,
  Commit,
  CommitInfo,
  CommitRequest,
  CommitResult,
  ConflictDecision,
  CreateTableOptions,
  DataFile,
  Metadata,
  OpenTableOptions,
  PartitionValues,
  Protocol,
  RemoveFile,
  Snapshot,
  SnapshotSelector,
  Table,
  TableColumn,
  Transaction,
  Winner,
} from './types.ts'
