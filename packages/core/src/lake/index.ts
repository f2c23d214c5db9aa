export {
  type LakeDocuments,
  lakeDocuments,
  type ReceivedFiles,
  receivedFiles,
  type SavedResults,
  savedResults,
} from './control.ts'
export { type Document, listDocumentIds, readDocument, updateDocument, writeDocument } from './documents.ts'
export { importLogs } from './import/import-logs.ts'
export { RULES_VERSION } from './import/known-sources.ts'
export type { QuarantineEntry } from './import/quarantine-writer.ts'
export { createLakeContext, type LakeContext, type LakeContextOptions } from './lake-context.ts'
export {
  type CreateLakeOptions,
  LAKE_FORMAT_VERSION,
  type LakeFile,
  type OpenLakeFileOptions,
  openLakeFile,
} from './lake-file.ts'
export { type ImportCommit, importCommitOf, projectLedger, unprojectedLedgerFiles } from './ledger.ts'
export { type LocalFile, localFile } from './local-file.ts'
export { eventsTableColumns, ledgerColumns, partitionColumns, storeFolders } from './store-layout.ts'
export { checkStoreName, parseStoreReference, type StoreReference, storeArn } from './store-names.ts'
export {
  createEventDataStore,
  deleteEventDataStore,
  findEventDataStore,
  getEventDataStore,
  listEventDataStores,
  updateEventDataStore,
} from './stores.ts'
export type * from './types.ts'
