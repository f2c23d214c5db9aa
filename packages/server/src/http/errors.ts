import { type ErrorKind, isTraillakeError, type TraillakeError } from '@traillake/core/errors'

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  USER_ERROR: 400,
  INSUFFICIENT_RESOURCES: 503,
  EXTERNAL: 502,
  INTERNAL_ERROR: 500,
}

/** The HTTP status of an error: a wrong query is 400, a missing store 404. */
export function statusOf(error: TraillakeError): number {
  return error.code === 'TABLE_NOT_FOUND' || error.code === 'EVENT_DATA_STORE_NOT_FOUND'
    ? 404
    : statusOfKind[error.kind]
}

/** The JSON body of an error: code, message, and its place in the statement where it has one. */
export function errorBody(error: unknown): { readonly error: Readonly<Record<string, unknown>> } {
  if (!isTraillakeError(error)) return { error: { code: 'GENERIC_INTERNAL_ERROR', message: 'internal error' } }
  const { code, kind, message, line, column, hint } = error
  return {
    error: {
      code,
      kind,
      message,
      ...(line === undefined ? {} : { line, column }),
      ...(hint === undefined ? {} : { hint }),
    },
  }
}
