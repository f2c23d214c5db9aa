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
  RESULT_CONSUMED: define<object>('USER_ERROR', () => 'the rows of this result were taken already'),
  GENERIC_INTERNAL_ERROR: define<{ message: string }>('INTERNAL_ERROR', ({ message }) => message),
} as const
