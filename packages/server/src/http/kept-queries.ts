import { csvLine } from '@traillake/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ServerContext } from '../context.ts'
import type { QueryRecord, SavedRows } from '../queries/query-record.ts'
import { PART, readRows, type TextRow } from '../queries/saved-rows.ts'
import { acceptedType, contentType } from './accept.ts'
import { denied, HttpError } from './errors.ts'
import { mayUse } from './rights.ts'
import { sendStream } from './stream.ts'
import type { CallerOf } from './tokens.ts'

const idParams = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', format: 'uuid', description: 'of StartQuery, or of a query in the background' } },
} as const
const errors = [400, 401, 403, 404, 429, 500, 502, 503]

type Encode = (saved: SavedRows, rows: AsyncIterable<readonly TextRow[]>) => AsyncIterable<string>

/** Forms of kept rows: cells are texts, as GetQueryResults gives them; NULL is null, or nothing in CSV. */
const encoders = {
  async *'application/json'({ columns, rows: total }, rows) {
    yield `{"columns":${JSON.stringify(columns)},"totalRows":${total},"rows":[`
    let separator = ''
    for await (const part of rows) {
      yield separator + part.map((row) => JSON.stringify(row)).join(',')
      separator = ','
    }
    yield ']}\n'
  },
  async *'application/x-ndjson'({ columns }, rows) {
    const lineOf = (row: TextRow) =>
      `${JSON.stringify(Object.fromEntries(columns.map((column, i) => [column, row[i]])))}\n`
    for await (const part of rows) yield part.map(lineOf).join('')
  },
  async *'text/csv'({ columns }, rows) {
    yield csvLine(columns)
    for await (const part of rows) yield part.map(csvLine).join('')
  },
} as const satisfies Readonly<Record<string, Encode>>
const answers = Object.keys(encoders) as (keyof typeof encoders)[]

/** `GET /v1/queries/{id}`, `…/rows` and `POST …/cancel`: queries that go on without their caller, and their rows from any place on. */
export function registerKeptQueries(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  async function queryOf(request: FastifyRequest, operation: string): Promise<QueryRecord> {
    const { id } = request.params as { readonly id: string }
    const record = await context.queries.read(id)
    if (!record) throw new HttpError(404, 'QUERY_NOT_FOUND', `there is no query ${id}, or its seven days are over`)
    if (!(await mayUse(context, callerOf(request), operation, record.stores))) throw denied('this query')
    return record
  }

  const described = {
    operationId: 'DescribeQuery',
    summary: 'The state of a query that was started in the background',
    answers: ['application/json'],
    result: { type: 'object', required: ['queryId', 'status', 'statement', 'createdAt'] },
    errors,
  }
  app.get('/v1/queries/:id', { schema: { params: idParams }, config: { doc: described } }, async (request) =>
    shown(await queryOf(request, 'DescribeQuery')),
  )

  const cancelled = {
    operationId: 'CancelQuery',
    summary: 'Ends a query in the background; one that is over stays what it is',
    answers: ['application/json'],
    result: described.result,
    errors,
  }
  app.post('/v1/queries/:id/cancel', { schema: { params: idParams }, config: { doc: cancelled } }, async (request) => {
    const record = await queryOf(request, 'CancelQuery')
    return shown((await context.queries.cancel(record.id))?.record ?? record)
  })

  const listed = {
    operationId: 'GetQueryResults',
    summary: 'The kept rows of a query that is over, from a row on',
    answers,
    result: {
      type: 'object',
      required: ['columns', 'totalRows', 'rows'],
      properties: {
        columns: { type: 'array', items: { type: 'string' } },
        totalRows: { type: 'integer' },
        rows: { type: 'array', items: { type: 'array' } },
      },
    },
    errors: [...errors, 406, 409],
  }
  const querystring = {
    type: 'object',
    additionalProperties: false,
    properties: { from: { type: 'string', pattern: '^[0-9]{1,15}$', description: 'how many rows to leave out' } },
  } as const
  const schema = { params: idParams, querystring }
  app.get('/v1/queries/:id/rows', { schema, config: { doc: listed } }, async (request, reply) => {
    const mediaType = acceptedType(request.headers.accept, answers)
    const { id, status, error, result } = await queryOf(request, 'GetQueryResults')
    if (!result) throw new HttpError(409, 'NO_ROWS', `the query is ${status}${error === undefined ? '' : `: ${error}`}`)
    const from = Number((request.query as { readonly from?: string }).from ?? 0)
    async function* rows(saved: SavedRows): AsyncGenerator<readonly TextRow[]> {
      for (let at = from; at < saved.rows; at += PART) yield await readRows(context.lake, id, saved, at, PART)
    }
    reply.header('x-traillake-query-id', id).type(contentType(mediaType))
    return sendStream(reply, encoders[mediaType](result, rows(result)), async () => undefined, context.stalledMs)
  })
}

function shown({ id, status, statement, createdAt, finishedAt, error, statistics, result }: QueryRecord) {
  return { queryId: id, status, statement, createdAt, finishedAt, error, statistics, totalRows: result?.rows }
}
