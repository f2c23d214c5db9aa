import { translate } from '@traillake/core/sql'
import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../context.ts'

const bodySchema = {
  type: 'object',
  required: ['statement'],
  additionalProperties: false,
  properties: {
    statement: { type: 'string', minLength: 1 },
    target: { type: 'string', enum: ['duckdb', 'trino'], default: 'duckdb' },
    placeholders: { type: 'object', additionalProperties: { type: 'string' } },
  },
} as const

interface TranslateRequest {
  readonly statement: string
  readonly target?: 'duckdb' | 'trino'
  readonly placeholders?: Readonly<Record<string, string>>
}

/** `POST /v1/translate`: the statement in an engine's words; nothing is run. */
export function registerTranslate(app: FastifyInstance, { lake }: ServerContext): void {
  const doc = {
    summary: 'A statement in the words of DuckDB or Trino; nothing is run',
    answers: ['application/json'],
    errors: [400, 401, 404, 413],
  }
  app.post('/v1/translate', { schema: { body: bodySchema }, config: { doc } }, async (request) => {
    const { statement, target = 'duckdb', placeholders } = request.body as TranslateRequest
    const { sql } = translate(statement, {
      catalog: await lake.catalog(),
      target,
      ...(placeholders ? { placeholders } : {}),
    })
    return { target, sql }
  })
}
