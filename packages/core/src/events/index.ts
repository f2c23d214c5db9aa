export { basicFilter, checkBasicSelectors } from './basic-selectors.ts'
export { categoryOf } from './category.ts'
export { formatEventTime, parseEventTime } from './event-time.ts'
export { type LogForm, NO_EVENTS } from './forms/form.ts'
export { isGzip } from './gzip.ts'
export { hashText } from './hash-text.ts'
export { contentDigest, eventIdOf } from './identity.ts'
export { readLogFile, readRecordsAt } from './log-file.ts'
export { streamLogFile } from './log-stream.ts'
export type { Failed, FailureCode, LogFileRead, LogFileStream, ReadOptions, SkipKind, Skipped } from './outcome.ts'
export {
  eventJsonBytes,
  Found,
  NO_ID,
  NO_TAPE,
  type RawRecord,
  RecordBatch,
  sourceBytes,
  typedBytes,
  type UnusableReason,
  type UnusableRecord,
} from './record.ts'
export { type Place, RECORD_WORDS, RecordList, Word } from './record-list.ts'
export { type RecordColumn, type RecordSql, recordSql } from './record-sql.ts'
export { NodeKind, type RecordNode, recordTree } from './record-tree.ts'
export { createRecordScanner, type RecordScanner, type ScannerOptions } from './scanner.ts'
export { type SelectableEvent, type SelectableResource, selectableEvent } from './selectable.ts'
export { checkAdvancedSelectors, type SelectorTarget } from './selector-rules.ts'
export {
  ALL_EVENTS_SELECTORS,
  AWS_DEFAULT_SELECTORS,
  advancedFilter,
  type EventFilter,
  layoutOfSelectors,
} from './selectors.ts'
export { isSignedWith, type PublicKey, readSignFile, type SignFile } from './sign-file.ts'
export { holdsRecords, readTrailKey, type TrailObject, type TrailObjectKind } from './trail-layout.ts'
