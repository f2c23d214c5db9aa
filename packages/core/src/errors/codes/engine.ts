import { define } from './define.ts'

/** Codes of execution: limits, cancelling, and faults of the engine. */
export const engineCodes = {
  CANCELLED: define<{ what: string }>('USER_ERROR', ({ what }) => `${what} was cancelled`),
  EXCEEDED_MEMORY_LIMIT: define<object>(
    'INSUFFICIENT_RESOURCES',
    () => 'Query exhausted resources at this scale factor',
  ),
  EXCEEDED_TIME_LIMIT: define<{ limitMs: number }>(
    'INSUFFICIENT_RESOURCES',
    ({ limitMs }) => `Query exceeded the time limit of ${limitMs} ms`,
  ),
  EXCEEDED_RESULT_LIMIT: define<{ limit: string }>(
    'INSUFFICIENT_RESOURCES',
    ({ limit }) => `Query exceeded the result limit of ${limit}`,
  ),
  EXCEEDED_SPILL_LIMIT: define<object>(
    'INSUFFICIENT_RESOURCES',
    () => 'Query exceeded the temporary disk space that it may use',
  ),
  ENGINE_FAILED: define<{ reason: string }>(
    'EXTERNAL',
    ({ reason }) => `the engine process of the query ended: ${reason}`,
  ),
  QUERY_NOT_FOUND: define<{ query: string }>('USER_ERROR', ({ query }) => `there is no query ${query} in the lake`),
  RESULT_CONSUMED: define<object>('USER_ERROR', () => 'the rows of this result were taken already'),
  GENERIC_INTERNAL_ERROR: define<{ message: string }>('INTERNAL_ERROR', ({ message }) => message),
} as const
