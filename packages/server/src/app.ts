import type { Lake } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import { type FastifyInstance, fastify } from 'fastify'
import { errorBody, statusOf } from './http/errors.ts'
import { registerHealth } from './http/health.ts'
import { registerQueries } from './http/queries.ts'
import { isLoopback } from './loopback.ts'

/** A statement may be long (generated IN lists), but not without end. */
const BODY_LIMIT = 1024 * 1024

/** The HTTP application over an open lake; not yet listening. */
export function createApp(lake: Lake): FastifyInstance {
  // A misspelled member is an error, never dropped or bent into shape.
  const ajv = { customOptions: { removeAdditional: false, coerceTypes: false } } as const
  const app = fastify({ bodyLimit: BODY_LIMIT, logger: false, forceCloseConnections: true, ajv })
  // A page of another site may make a browser ask this address under a name of its own (DNS rebinding): only loopback names are served.
  app.addHook('onRequest', async (request, reply) => {
    if (isLoopback(request.hostname)) return
    const message = `this endpoint answers to loopback names only, not to ${request.hostname}`
    return reply.code(403).send({ error: { code: 'FORBIDDEN_HOST', message } })
  })
  app.setErrorHandler((error, request, reply) => {
    if (isTraillakeError(error)) return reply.code(statusOf(error)).send(errorBody(error))
    const { statusCode = 500, message } = error as { statusCode?: number; message: string }
    if (statusCode >= 500) request.log.error(error)
    return reply.code(statusCode).send({
      error:
        statusCode >= 500
          ? { code: 'GENERIC_INTERNAL_ERROR', message: 'internal error' }
          : { code: statusCode === 413 ? 'REQUEST_TOO_LARGE' : 'INVALID_REQUEST', message },
    })
  })
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: {
        code: 'NOT_FOUND',
        message: `${request.method} ${request.url} is no endpoint`,
        hint: 'there are GET /health and POST /v1/queries',
      },
    }),
  )
  registerHealth(app, lake)
  registerQueries(app, lake)
  return app
}
