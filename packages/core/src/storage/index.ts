export { type Archive, isArchive, openArchive } from './archive/archive.ts'
export {
  type CacheClearing,
  type CacheInfo,
  type CacheOptions,
  cacheFolder,
  cacheInfo,
  clearCache,
} from './cache-folder.ts'
export { createDownload, createReadPool, type Download, readListed, readsOf } from './download.ts'
export { type Fault, type FaultCall, type FaultOperation, withFaults } from './fault.ts'
export { type FileCacheOptions, withFileCache } from './file-cache.ts'
export { openLocalStore } from './local.ts'
export { openMemoryStore } from './memory.ts'
export { openMirror, withMirror } from './mirror.ts'
export type { GetOptions, LocalCopies, ObjectInfo, ObjectStore } from './object-store.ts'
export { openObjectStore, type StorageOptions } from './open.ts'
export { checkS3Options, isS3Location, type S3Credentials, type S3Options } from './s3/options.ts'
export type { MessageQueue, QueueMessage } from './sqs/message-queue.ts'
export { openQueue } from './sqs/open.ts'
