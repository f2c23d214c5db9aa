import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { encodeCsv, encodeNdjson, type QueryResult } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AuditedCall } from '../audit/audit-event.ts'
import { type Caller, isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import { errorBody } from './errors.ts'
import type { CallerOf } from './tokens.ts'

interface QueryRequest {
  readonly statement: string
  readonly placeholders?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

const bodySchema = {
  type: 'object',
  required: ['statement'],
  additionalProperties: false,
  properties: {
    statement: { type: 'string', minLength: 1 },
    placeholders: { type: 'object', additionalProperties: { type: 'string' } },
    timeoutMs: { type: 'integer', minimum: 1 },
  },
} as const

const encoders: Readonly<Record<string, (result: QueryResult) => AsyncIterable<string | Uint8Array>>> = {
  'application/json': encodeJson,
  'application/x-ndjson': encodeNdjson,
  'text/csv': encodeCsv,
  'application/vnd.apache.arrow.stream': (result) => result.arrowStream(),
}

/** `POST /v1/queries`: one statement in, its answer out, streamed in the form that `Accept` asks for (JSON by default). */
export function registerQueries(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  const { lake } = context
  const doc = {
    summary: 'The answer of a statement, streamed',
    answers: Object.keys(encoders),
    errors: [400, 401, 403, 404, 406, 413, 500, 502, 503],
  }
  app.post(
    '/v1/queries',
    { schema: { body: bodySchema }, config: { doc } },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { statement, placeholders, timeoutMs } = request.body as QueryRequest
      const mediaType = acceptedType(request.headers.accept)
      if (mediaType === undefined) {
        return reply.code(406).send({
          error: { code: 'NOT_ACCEPTABLE', message: `Accept must name one of ${Object.keys(encoders).join(', ')}` },
        })
      }
      const audit = (result: Pick<AuditedCall, 'output' | 'error'>) => {
        context.requests.name(request, 'Query', result.error?.code ?? 'ok')
        context.audit.record({
          ...{ source: 'traillake', operation: 'Query', caller: callerOf(request), address: request.ip },
          ...{ headers: request.headers, input: { statement }, requestId: randomUUID() },
          ...result,
          at: context.now(),
        })
      }
      if (!(await mayQuery(context, callerOf(request), statement, placeholders))) {
        const message = 'the rights of this token do not cover everything that the statement reads'
        audit({ error: { code: 'AccessDenied', message } })
        return reply.code(403).send({ error: { code: 'ACCESS_DENIED', message } })
      }
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const result = await lake
        .query(statement, {
          signal: gone.signal,
          rowMode: 'array',
          ...(placeholders ? { placeholders } : {}),
          ...(timeoutMs ? { timeoutMs } : {}),
        })
        .catch((error: unknown) => {
          audit({
            error: isTraillakeError(error) ? error : { code: 'GENERIC_INTERNAL_ERROR', message: 'internal error' },
          })
          throw error
        })
      audit({ output: { QueryId: result.queryId } })
      reply.header('x-traillake-query-id', result.queryId)
      reply.type(
        mediaType === 'application/json' || mediaType === 'text/csv' ? `${mediaType}; charset=utf-8` : mediaType,
      )
      return reply.send(Readable.from(await withFirstPart(encoders[mediaType]!(result), result), { objectMode: false }))
    },
  )
}

/** Whether a caller may query all that a statement names; what is no store needs a right that is bound to none. */
async function mayQuery(
  { lake, queries }: ServerContext,
  caller: Caller,
  statement: string,
  placeholders: Readonly<Record<string, string>> | undefined,
): Promise<boolean> {
  const stores = await lake.listEventDataStores()
  // Without policies there is nothing to look at, and the statement need not be read twice.
  if (!caller.policy && stores.every((store) => store.resourcePolicy === undefined)) return true
  const ids = await queries.storesOf(statement, placeholders)
  return ids.every((id) =>
    isAllowed(
      caller,
      'StartQuery',
      stores.find((store) => store.id === id),
    ),
  )
}

/** The first media type of an Accept header that we speak; undefined when there is none. */
function acceptedType(accept = '*/*'): string | undefined {
  const wanted = accept
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.trim().toLowerCase().split(';')
      const q = parameters.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find((value) => value !== undefined)
      return { type: type.trim(), q: q === undefined ? 1 : Number(q) }
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  for (const { type } of wanted) {
    if (type === '*/*') return 'application/json'
    const known = Object.keys(encoders).find(
      (name) => name === type || (type.endsWith('/*') && name.startsWith(type.slice(0, -1))),
    )
    if (known) return known
  }
  return undefined
}

/** Takes the first part before the status line is sent, so that a statement that fails at once gets a proper error. */
async function withFirstPart(
  parts: AsyncIterable<string | Uint8Array>,
  result: QueryResult,
): Promise<AsyncIterable<string | Uint8Array>> {
  const iterator = parts[Symbol.asyncIterator]()
  let first: IteratorResult<string | Uint8Array>
  try {
    first = await iterator.next()
  } catch (error) {
    await result.close()
    throw error
  }
  return (async function* () {
    try {
      for (let part = first; !part.done; part = await iterator.next()) yield part.value
    } finally {
      await iterator.return?.()
      await result.close()
    }
  })()
}

/** `{ queryId, columns, rows, statistics }`, written row by row; a failure on the way ends the object with `error`. */
async function* encodeJson(result: QueryResult): AsyncIterable<string> {
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
    yield `],${JSON.stringify(errorBody(error)).slice(1)}\n`
    return
  }
  yield `],"statistics":${JSON.stringify(result.statistics)}}\n`
}
