import { type ErrorCode, type ErrorKind, isTraillakeError, type TraillakeError } from '@traillake/core/errors'
import type { FastifyInstance } from 'fastify'
import { logFailure } from '../log.ts'

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  USER_ERROR: 400,
  INSUFFICIENT_RESOURCES: 503,
  EXTERNAL: 502,
  INTERNAL_ERROR: 500,
}

/** An error of the endpoint itself, as it goes out. */
export class HttpError extends Error {
  readonly statusCode: number
  readonly code: string

  constructor(statusCode: number, code: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.code = code
  }
}

/** 403 for a caller that lacks a right. @param what as in `the rights of this caller do not cover …` */
export function denied(what: string): HttpError {
  return new HttpError(403, 'ACCESS_DENIED', `the rights of this caller do not cover ${what}`)
}

/** Codes whose status is not that of their kind: what is not there, the caller's own time limit, and a server that is about to go. */
const statusOfCode: Partial<Record<ErrorCode, number>> = {
  LAKE_CLOSED: 503,
  TABLE_NOT_FOUND: 404,
  EVENT_DATA_STORE_NOT_FOUND: 404,
  EXCEEDED_TIME_LIMIT: 400,
}

/** The HTTP status of an error: a wrong query is 400, a missing store 404. */
export function statusOf(error: TraillakeError): number {
  return statusOfCode[error.code] ?? statusOfKind[error.kind]
}

/** The JSON body of an error: code, message, and its place in the statement where it has one. */
export function errorBody(error: unknown): { readonly error: Readonly<Record<string, unknown>> } {
  if (error instanceof HttpError) return { error: { code: error.code, message: error.message } }
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

/** Codes of errors that the HTTP layer finds; all others are INVALID_REQUEST. */
const codeOfStatus: Readonly<Record<number, string>> = { 413: 'REQUEST_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' }

/** What goes out for an error: what nobody foresaw says nothing about the inside. */
function shownOf(error: unknown): { readonly status: number; readonly known: TraillakeError | HttpError } {
  if (isTraillakeError(error)) return { status: statusOf(error), known: error }
  const { statusCode = 500, message } = error as { readonly statusCode?: number; readonly message: string }
  const known =
    error instanceof HttpError
      ? error
      : statusCode >= 500
        ? new HttpError(statusCode, 'GENERIC_INTERNAL_ERROR', 'internal error')
        : new HttpError(statusCode, codeOfStatus[statusCode] ?? 'INVALID_REQUEST', message)
  return { status: statusCode, known }
}

/** Every error of a REST route goes out as `{ "error": { "code", "message", … } }`. */
export function handleErrors(app: FastifyInstance): void {
  app.decorateRequest('failure')
  app.setErrorHandler((error, request, reply) => {
    const { status, known } = shownOf(error)
    if (status >= 500) logFailure(request, error)
    request.failure = { code: known.code, message: known.message }
    return reply.code(status).send(errorBody(known))
  })
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: {
        code: 'NOT_FOUND',
        message: `${request.method} ${request.url} is no endpoint`,
        hint: 'there are POST / (the CloudTrail API) and the routes of GET /openapi.json',
      },
    }),
  )
}
