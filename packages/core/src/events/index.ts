export { readLogFile } from './log-file.ts'
export { streamLogFile } from './log-stream.ts'
export type { Failed, FailureCode, LogFileRead, LogFileStream, ReadOptions, SkipKind, Skipped } from './outcome.ts'
export {
  eventJsonBytes,
  type RawRecord,
  type RecordBatch,
  sourceBytes,
  typedBytes,
  type UnusableReason,
  type UnusableRecord,
} from './record.ts'
export { type RecordColumn, type RecordSql, recordSql } from './record-sql.ts'
export { createRecordScanner, type RecordScanner, type ScannerOptions } from './scanner.ts'
