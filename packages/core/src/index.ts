/*
 * traillake as a library: open a lake, import CloudTrail log files, query them in Lake SQL.
 *
 * The translator alone, without native code, is `@traillake/core/sql`.
 */
export {
  didYouMean,
  type ErrorCode,
  type ErrorKind,
  errorCodes,
  isTraillakeError,
  renderError,
  type Span,
  TraillakeError,
} from './errors/index.ts'
export { AWS_DEFAULT_SELECTORS, checkAdvancedSelectors, type PublicKey } from './events/index.ts'
export type {
  CompactFailure,
  CompactOptions,
  CompactProgress,
  CompactReport,
  TableCompaction,
} from './lake/compact/types.ts'
export type { LakeDocuments, ReceivedFiles, SavedResults } from './lake/control.ts'
export type { Document } from './lake/documents.ts'
export type {
  ImportedFile,
  ImportSummary,
  Imports,
  ListImportsOptions,
  UndoOptions,
  UndoReport,
} from './lake/imports/types.ts'
export type {
  ListQuarantineOptions,
  Quarantine,
  QuarantinedItem,
  QuarantineFilter,
  RetryOptions,
  RetryReport,
} from './lake/quarantine/types.ts'
export type {
  AdvancedEventSelector,
  AdvancedFieldSelector,
  BasicEventSelector,
  CloudTrailSettings,
  Counts,
  CreateEventDataStoreOptions,
  EventDataStore,
  EventDataStoreChange,
  EventTimes,
  ImportOptions,
  ImportPlan,
  ImportProgress,
  ImportReport,
  LeftMessage,
  PartitionLayout,
  QueryResultOptions,
  SkippedFile,
  StoreDescription,
  StoreTag,
  TrailFilter,
  UpdateEventDataStoreOptions,
  WatchOptions,
  WatchRound,
} from './lake/types.ts'
export type { UpgradeOptions, UpgradeReport } from './lake/upgrade.ts'
export type { VacuumedFile, VacuumOptions, VacuumReason, VacuumReport } from './lake/vacuum/types.ts'
export type {
  Finding,
  FindingCode,
  StoreVerification,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
} from './lake/verify/types.ts'
export { type Lake, type OpenLakeOptions, openLake } from './lake.ts'
export { describeLayout } from './query/describe-store.ts'
export { encodeCsv, encodeNdjson } from './query/encode.ts'
export type { QueryExplanation, TableExplanation } from './query/explain-query.ts'
export type { History, RepeatedQuery } from './query/history/history.ts'
export type { HistoryRecord } from './query/history/query-records.ts'
export type { SavedQueries, SavedQuery } from './query/history/saved-queries.ts'
export type { LakeViews, View } from './query/lake-views.ts'
export type { Isolation } from './query/open-engine.ts'
export type { PreparedQuery } from './query/prepare-query.ts'
export type {
  CanonicalResult,
  ParameterValue,
  QueryOptions,
  QueryResult,
  QueryStatistics,
  ResultColumn,
  Value,
} from './query/types.ts'
export type { WarmOptions, WarmReport } from './query/warm-cache.ts'
export type { WriteParquetOptions, WrittenResult } from './query/write-parquet.ts'
export { csvLine } from './results/index.ts'
export type { LayoutName } from './schema/index.ts'
export {
  type CacheClearing,
  type CacheInfo,
  type CacheOptions,
  cacheInfo,
  clearCache,
  type ObjectStore,
  openObjectStore,
  type S3Credentials,
  type S3Options,
} from './storage/index.ts'
