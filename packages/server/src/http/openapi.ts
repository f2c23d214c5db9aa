import type { FastifyInstance, RouteOptions } from 'fastify'
import { referencePage } from './reference-page.ts'

/** What a route says of itself besides its schemas, as `config.doc`. */
export interface RouteDoc {
  /** Also the name of the call in the audit store and in the metrics. */
  readonly operationId: string
  readonly summary: string
  /** Media types of the answer; the first is the default. */
  readonly answers: readonly string[]
  /** The schema of the JSON answer. */
  readonly result?: object
  /** The schema of an answer with status 202: what was begun goes on. */
  readonly accepted?: object
  /** Routes to go on with after 202: the member of the answer that is their `id`, by `operationId`. */
  readonly next?: Readonly<Record<string, string>>
  /** A body that works. */
  readonly example?: object
  /** Statuses besides 200 and 202. */
  readonly errors: readonly number[]
  /** False for what is asked all the time and tells nothing of the events. Default: true. */
  readonly isAudited?: boolean
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
      // Fastify writes parameters as `:id`, OpenAPI as `{id}`.
      const path = route.url.replace(/:(\w+)/g, '{$1}')
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, doc) }
    }
  })
  const doc = { operationId: 'GetOpenApi', summary: 'This document', answers: ['application/json'], errors: [] }
  const document = () => ({
    openapi: '3.1.0',
    info: {
      title: 'traillake',
      version,
      description: 'Lake SQL over AWS CloudTrail logs. The CloudTrail API itself answers on POST /.',
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: { Error: errorSchema } },
    security: [{}, { token: [] }],
    paths,
  })
  app.get('/openapi.json', { config: { doc } }, async () => document())
  const page = { operationId: 'GetReference', summary: 'This document, to be read', answers: ['text/html'], errors: [] }
  app.get('/v1/docs', { config: { doc: page } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(referencePage(document())),
  )
}

function operationOf({ schema }: RouteOptions, doc: RouteDoc): object {
  const { operationId, summary, answers, result, accepted, next = {}, example, errors } = doc
  const failed = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
  const done = answers.map((type) => [type, type === 'application/json' && result ? { schema: result } : {}])
  const parameters = [...parametersOf('path', schema?.params), ...parametersOf('query', schema?.querystring)]
  return {
    operationId,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(schema?.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schema.body, example } } } }
      : {}),
    responses: {
      ...(done.length > 0 ? { 200: { description: 'done', content: Object.fromEntries(done) } } : {}),
      ...(accepted
        ? { 202: { description: 'begun', content: { 'application/json': { schema: accepted } }, links: linksOf(next) } }
        : {}),
      ...Object.fromEntries(errors.map((status) => [status, { description: 'refused', content: failed }])),
    },
  }
}

function linksOf(next: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(next).map(([operationId, member]) => [
      operationId,
      { operationId, parameters: { id: `$response.body#/${member}` } },
    ]),
  )
}

/** The members of the schema of a path or a query string, as OpenAPI lists them. */
function parametersOf(place: 'path' | 'query', schema: unknown): readonly object[] {
  const { properties = {} } = (schema ?? {}) as { readonly properties?: Readonly<Record<string, object>> }
  return Object.entries(properties).map(([name, member]) => {
    const { description, ...rest } = member as { readonly description?: string }
    return { name, in: place, required: place === 'path', ...(description ? { description } : {}), schema: rest }
  })
}
