import type { FastifyInstance, RouteOptions } from 'fastify'

/** What a route says of itself besides its schemas, as `config.doc`. */
export interface RouteDoc {
  readonly summary: string
  /** Media types of the answer; the first is the default. */
  readonly answers: readonly string[]
  /** Statuses besides 200. */
  readonly errors: readonly number[]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly doc?: RouteDoc
  }
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'see docs/errors.md' },
        kind: { type: 'string' },
        message: { type: 'string' },
        line: { type: 'integer' },
        column: { type: 'integer' },
        hint: { type: 'string' },
      },
    },
  },
} as const

/** `GET /openapi.json`: the REST routes of this very server, from the schemas that requests are checked by. Register it first. */
export function registerOpenApi(app: FastifyInstance, version: string): void {
  const paths: Record<string, Record<string, object>> = {}
  app.addHook('onRoute', (route) => {
    const { doc } = route.config ?? {}
    if (!doc) return
    for (const method of [route.method].flat().filter((name) => name !== 'HEAD')) {
      paths[route.url] = { ...paths[route.url], [method.toLowerCase()]: operationOf(route, doc) }
    }
  })
  const doc = { summary: 'This document', answers: ['application/json'], errors: [] }
  app.get('/openapi.json', { config: { doc } }, async () => ({
    openapi: '3.1.0',
    info: {
      title: 'traillake',
      version,
      description: 'Lake SQL over AWS CloudTrail logs. The CloudTrail API itself answers on POST /.',
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: { Error: errorSchema } },
    security: [{}, { token: [] }],
    paths,
  }))
}

function operationOf({ schema }: RouteOptions, { summary, answers, errors }: RouteDoc): object {
  const failed = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
  return {
    summary,
    ...(schema?.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schema.body } } } }
      : {}),
    responses: {
      200: { description: 'done', content: Object.fromEntries(answers.map((type) => [type, {}])) },
      ...Object.fromEntries(errors.map((status) => [status, { description: 'refused', content: failed }])),
    },
  }
}
