import { define } from './define.ts'

/** Codes of lakes, event data stores, import and options. */
export const lakeCodes = {
  LAKE_NOT_FOUND: define<{ location: string }>('USER_ERROR', ({ location }) => `there is no lake at ${location}`),
  LAKE_FORMAT_NEWER: define<{ location: string; version: number; known: number }>(
    'USER_ERROR',
    ({ location, version, known }) =>
      `the lake at ${location} has format ${version}, this release reads up to ${known}`,
  ),
  LAKE_READ_ONLY: define<{ operation: string }>(
    'USER_ERROR',
    ({ operation }) => `the lake is open read-only: cannot ${operation}`,
  ),
  LAKE_CLOSED: define<object>('USER_ERROR', () => 'the lake is closed'),
  INVALID_OPTION: define<{ option: string; reason: string }>(
    'USER_ERROR',
    ({ option, reason }) => `option ${option} ${reason}`,
  ),
  EVENT_DATA_STORE_NOT_FOUND: define<{ store: string }>(
    'USER_ERROR',
    ({ store }) => `there is no event data store ${store}`,
  ),
  EVENT_DATA_STORE_INACTIVE: define<{ store: string }>(
    'USER_ERROR',
    ({ store }) => `the event data store ${store} waits for its deletion: restore it to use it`,
  ),
  EVENT_DATA_STORE_EXISTS: define<{ name: string }>(
    'USER_ERROR',
    ({ name }) => `an event data store named ${name} exists already`,
  ),
  INVALID_EVENT_DATA_STORE_NAME: define<{ name: string; reason: string }>(
    'USER_ERROR',
    ({ name, reason }) => `${JSON.stringify(name)} cannot name an event data store: ${reason}`,
  ),
  INVALID_EVENT_SELECTORS: define<{ reason: string }>(
    'USER_ERROR',
    ({ reason }) => `invalid event selectors: ${reason}`,
  ),
  NO_LOG_FILES: define<{ source: string }>('USER_ERROR', ({ source }) => `no CloudTrail log files found in ${source}`),
  QUERY_RESULT_UNVERIFIED: define<{ source: string; reason: string }>(
    'USER_ERROR',
    ({ source, reason }) => `the query result ${source} is not verified: ${reason}`,
  ),
  /** What was signed is something else. */
  QUERY_RESULT_CHANGED: define<{ source: string }>(
    'EXTERNAL',
    ({ source }) => `${source} is not what was signed: its SHA-256 differs from that in the sign file`,
  ),
  ACCOUNTING_MISMATCH: define<{ what: string; read: number; counted: number }>(
    'INTERNAL_ERROR',
    ({ what, read, counted }) =>
      `${what}: ${read} records were read but ${counted} are accounted for; nothing was committed`,
  ),
  IMPORT_NOT_FOUND: define<{ id: string }>('USER_ERROR', ({ id }) => `there is no import ${id} in the lake`),
  UNDO_LOSES_EVENTS: define<{ importId: string; reason: string }>(
    'USER_ERROR',
    ({ importId, reason }) => `undoing the import ${importId} would lose events: ${reason}`,
  ),
  QUARANTINE_ENTRY_NOT_FOUND: define<{ id: string }>(
    'USER_ERROR',
    ({ id }) => `there is no quarantine entry ${id} in the lake`,
  ),
  TERMINATION_PROTECTED: define<{ store: string }>(
    'USER_ERROR',
    ({ store }) => `the event data store ${store} is protected from deletion`,
  ),
} as const
