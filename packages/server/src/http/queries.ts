import { encodeCsv, encodeNdjson, type QueryResult } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../context.ts'
import { serverClosing } from '../drain.ts'
import { tracedQuery } from '../tracing/trace-query.ts'
import { acceptedType, contentType } from './accept.ts'
import { denied, errorBody, HttpError } from './errors.ts'
import { mayQuery } from './rights.ts'
import { placeholdersOf, type StatementRequest, statementSchema } from './statement.ts'
import { sendStream } from './stream.ts'
import type { CallerOf } from './tokens.ts'

interface QueryRequest extends StatementRequest {
  readonly timeoutMs?: number
  readonly background?: boolean
}

const bodySchema = statementSchema({
  timeoutMs: {
    type: 'integer',
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'milliseconds that the query may take, waiting included',
  },
  background: {
    type: 'boolean',
    description: 'answer 202 at once; the rows are kept for seven days at /v1/queries/{id}/rows',
  },
})

/** @param onFailure told what went wrong where the answer itself says so; gives the error to say */
type Encode = (result: QueryResult, onFailure: (error: unknown) => unknown) => AsyncIterable<string | Uint8Array>

const encoders = {
  'application/json': encodeJson,
  'application/x-ndjson': encodeNdjson,
  'text/csv': encodeCsv,
  'application/vnd.apache.arrow.stream': (result) => result.arrowStream(),
} as const satisfies Readonly<Record<string, Encode>>
const answers = Object.keys(encoders) as (keyof typeof encoders)[]

/**
 * `POST /v1/queries`: one statement in, its answer out, streamed in the form that `Accept` asks for (JSON by default); or, with
 * `background`, its id.
 */
export function registerQueries(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  const doc = {
    operationId: 'Query',
    summary: 'The answer of a statement, streamed',
    answers,
    result: {
      type: 'object',
      required: ['queryId', 'columns', 'rows'],
      properties: {
        queryId: { type: 'string' },
        columns: { type: 'array', items: { type: 'object', required: ['name', 'type'] } },
        rows: { type: 'array', items: { type: 'array' } },
        statistics: { type: 'object' },
        error: { $ref: '#/components/schemas/Error/properties/error' },
      },
    },
    accepted: {
      type: 'object',
      required: ['queryId', 'status'],
      properties: { queryId: { type: 'string' }, status: { type: 'string' } },
    },
    next: { DescribeQuery: 'queryId', GetQueryResults: 'queryId', CancelQuery: 'queryId' },
    example: { statement: "SELECT 'hello' AS greeting", background: true },
    errors: [400, 401, 403, 404, 406, 413, 415, 429, 500, 502, 503],
  } as const
  app.post('/v1/queries', { schema: { body: bodySchema }, config: { doc } }, async (request, reply) => {
    const body = request.body as QueryRequest
    const { statement, timeoutMs } = body
    const mediaType = acceptedType(request.headers.accept, answers)
    const caller = callerOf(request)
    if (!(await mayQuery(context, caller, statement, placeholdersOf(body)))) {
      throw denied('everything that the statement reads')
    }
    const options = { ...placeholdersOf(body), ...(timeoutMs ? { timeoutMs } : {}) }
    if (body.background) {
      if (context.lake.readOnly)
        throw new HttpError(403, 'LAKE_READ_ONLY', 'the lake is open read-only: it keeps no rows')
      const stores = await context.queries.storesOf(statement, placeholdersOf(body))
      const { span } = request
      const record = await context.queries.start({ statement, stores, caller: caller.name, span, ...options })
      if (!record) throw new HttpError(429, 'TOO_MANY_QUERIES', 'as many queries as are allowed are under way')
      reply.header('x-traillake-query-id', record.id).header('location', `/v1/queries/${record.id}`).code(202)
      return { queryId: record.id, status: record.status }
    }
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    /** A query that is cancelled because the server stops says that. */
    const shown = (error: unknown) =>
      context.timeUp.aborted && isTraillakeError(error, 'CANCELLED')
        ? serverClosing('the server was stopped before the query was finished')
        : error
    try {
      const signal = AbortSignal.any([gone.signal, context.timeUp])
      const asked = { ...options, signal, rowMode: 'array' } as const
      const { result, end } = await tracedQuery(context.lake, context.tracing, request.span, statement, asked)
      reply.header('x-traillake-query-id', result.queryId)
      reply.type(contentType(mediaType))
      let failure: unknown
      const parts = encoders[mediaType](result, (error) => {
        failure = error
        return shown(error)
      })
      const release = (error = failure) => {
        end(error)
        return result.close()
      }
      return await sendStream(reply, parts, release, context.stalledMs)
    } catch (error) {
      throw shown(error)
    }
  })
}

/** `{ queryId, columns, rows, statistics }`, written row by row; a failure on the way ends the object with `error`. */
async function* encodeJson(result: QueryResult, onFailure: (error: unknown) => unknown): AsyncIterable<string> {
  const head = `{"queryId":${JSON.stringify(result.queryId)},"columns":${JSON.stringify(result.columns)},"rows":[`
  const batches = result.batches()[Symbol.asyncIterator]()
  let batch = await batches.next()
  yield head
  let separator = ''
  try {
    for (; !batch.done; batch = await batches.next()) {
      if (batch.value.length === 0) continue
      yield separator + batch.value.map((row) => JSON.stringify(row)).join(',')
      separator = ','
    }
  } catch (error) {
    yield `],${JSON.stringify(errorBody(onFailure(error))).slice(1)}\n`
    return
  }
  yield `],"statistics":${JSON.stringify(result.statistics)}}\n`
}
