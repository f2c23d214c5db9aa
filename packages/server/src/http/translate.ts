import { complete, translate } from '@traillake/core/sql'
import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../context.ts'
import { visibleCatalog } from './rights.ts'
import { placeholdersOf, type StatementRequest, statementSchema } from './statement.ts'
import type { CallerOf } from './tokens.ts'

interface TranslateRequest extends StatementRequest {
  readonly target?: 'duckdb' | 'trino'
}

interface CompleteRequest {
  readonly statement: string
  readonly offset?: number
}

const errors = [400, 401, 413, 415, 429, 500, 502, 503]

/** `POST /v1/translate` and `POST /v1/complete`: what an editor asks about a statement; nothing is run. */
export function registerTranslate(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  const translated = {
    operationId: 'Translate',
    summary: 'A statement in the words of DuckDB or Trino; nothing is run',
    answers: ['application/json'],
    result: {
      type: 'object',
      required: ['target', 'sql'],
      properties: { target: { type: 'string' }, sql: { type: 'string' } },
    },
    example: { statement: "SELECT date_format(now(), '%Y')", target: 'trino' },
    errors: [...errors, 404],
  } as const
  const translateBody = statementSchema({ target: { type: 'string', enum: ['duckdb', 'trino'], default: 'duckdb' } })
  app.post('/v1/translate', { schema: { body: translateBody }, config: { doc: translated } }, async (request) => {
    const body = request.body as TranslateRequest
    const { target = 'duckdb' } = body
    const catalog = await visibleCatalog(context, callerOf(request))
    const { sql } = translate(body.statement, { catalog, target, ...placeholdersOf(body) })
    return { target, sql }
  })

  const completed = {
    operationId: 'Complete',
    summary: 'What can be typed at a place of a statement that is being written',
    answers: ['application/json'],
    result: {
      type: 'object',
      required: ['span', 'items'],
      properties: {
        span: {
          type: 'object',
          description: 'the word that is being typed, in UTF-16 units',
          required: ['start', 'end'],
          properties: { start: { type: 'integer' }, end: { type: 'integer' } },
        },
        items: {
          type: 'array',
          items: {
            type: 'object',
            required: ['label', 'kind', 'insert'],
            properties: {
              label: { type: 'string' },
              kind: { type: 'string' },
              detail: { type: 'string' },
              insert: { type: 'string' },
            },
          },
        },
      },
    },
    example: { statement: 'SELECT coun' },
    errors,
  } as const
  const completeBody = {
    type: 'object',
    required: ['statement'],
    additionalProperties: false,
    properties: {
      statement: { type: 'string' },
      offset: { type: 'integer', minimum: 0, description: 'UTF-16 units from the start; default: the end' },
    },
  } as const
  app.post('/v1/complete', { schema: { body: completeBody }, config: { doc: completed } }, async (request) => {
    const { statement, offset = statement.length } = request.body as CompleteRequest
    const catalog = await visibleCatalog(context, callerOf(request))
    return complete(statement, Math.min(offset, statement.length), { catalog })
  })
}
