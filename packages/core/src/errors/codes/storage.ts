import { define } from './define.ts'

/** Codes of files, folders, object stores and the Delta log. */
export const storageCodes = {
  SOURCE_NOT_FOUND: define<{ source: string }>('USER_ERROR', ({ source }) => `nothing exists at ${source}`),
  STORAGE_ERROR: define<{ operation: string; key: string; reason: string }>(
    'EXTERNAL',
    ({ operation, key, reason }) => `could not ${operation} ${key}: ${reason}`,
  ),
  STORAGE_FULL: define<{ key: string }>('EXTERNAL', ({ key }) => `no space left while writing ${key}`),
  STORAGE_DENIED: define<{ operation: string; key: string }>(
    'EXTERNAL',
    ({ operation, key }) => `no right to ${operation} ${key}`,
  ),
  /** Something else lies there than was listed. */
  SOURCE_CHANGED: define<{ source: string }>('EXTERNAL', ({ source }) => `${source} was replaced while it was read`),
  ARCHIVE_DAMAGED: define<{ archive: string; reason: string }>(
    'EXTERNAL',
    ({ archive, reason }) => `the archive ${archive} cannot be read to its end: ${reason}`,
  ),
  /** The lake was opened offline. */
  NOT_CACHED: define<{ source: string }>('USER_ERROR', ({ source }) => `${source} is not in the cache`),
  BUCKET_NOT_FOUND: define<{ bucket: string }>('USER_ERROR', ({ bucket }) => `there is no bucket ${bucket}`),
  STORAGE_CREDENTIALS: define<{ place: string; problem: string }>(
    'EXTERNAL',
    ({ place, problem }) => `the credentials for ${place} ${problem}`,
  ),
  UNSUPPORTED_STORAGE: define<{ location: string; reason: string }>(
    'EXTERNAL',
    ({ location, reason }) => `${location} cannot be used: ${reason}`,
  ),
  TABLE_FEATURE_UNSUPPORTED: define<{ table: string; feature: string }>(
    'USER_ERROR',
    ({ table, feature }) => `the table ${table} uses the Delta feature ${feature}, which this release does not know`,
  ),
  TABLE_CORRUPT: define<{ table: string; reason: string }>(
    'EXTERNAL',
    ({ table, reason }) => `the table ${table} is damaged: ${reason}`,
  ),
  DATA_FILE_DAMAGED: define<{ file: string; reason: string }>(
    'EXTERNAL',
    ({ file, reason }) => `the data file ${file} is missing or damaged: ${reason}`,
  ),
  TABLE_VERSION_NOT_FOUND: define<{ table: string; version: string }>(
    'USER_ERROR',
    ({ table, version }) => `the table ${table} has no version ${version}`,
  ),
  TABLE_VERSION_VACUUMED: define<{ table: string; version: number; missing: number; files: number }>(
    'USER_ERROR',
    ({ table, version, missing, files }) =>
      `version ${version} of ${table} cannot be read any more: ${missing} of the ${files} data files that the query needs are gone`,
  ),
  COMMIT_CONFLICT: define<{ table: string; reason: string }>(
    'EXTERNAL',
    ({ table, reason }) => `nothing was written to ${table}: ${reason}`,
  ),
  /** The store gave no clear answer: the commit may or may not be in the log. */
  COMMIT_UNKNOWN: define<{ table: string; version: number; reason: string }>(
    'EXTERNAL',
    ({ table, version, reason }) => `it is not known whether version ${version} of ${table} was written: ${reason}`,
  ),
} as const
