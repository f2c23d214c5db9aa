import { createRequire } from 'node:module'
import type { Lake } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import { type FastifyInstance, fastify } from 'fastify'
import { noAudit, openAuditLog } from './audit/audit-log.ts'
import { createAuthenticate } from './auth/authenticate.ts'
import { checkCredentials } from './auth/credentials.ts'
import { registerAwsData } from './aws/data-protocol.ts'
import { registerAws } from './aws/protocol.ts'
import type { ServerContext } from './context.ts'
import { errorBody, statusOf } from './http/errors.ts'
import { registerHealth } from './http/health.ts'
import { registerMetrics } from './http/metrics.ts'
import { registerOpenApi } from './http/openapi.ts'
import { registerQueries } from './http/queries.ts'
import { registerStores } from './http/stores.ts'
import { requireTokens } from './http/tokens.ts'
import { registerTranslate } from './http/translate.ts'
import { createImportService } from './imports/import-service.ts'
import { createLease } from './lease.ts'
import { isLoopback } from './loopback.ts'
import { createRequestMetrics } from './metrics/registry.ts'
import type { AppOptions } from './options.ts'
import { createDelivery } from './queries/delivery.ts'
import { createQueryService } from './queries/query-service.ts'
import { createSigner } from './queries/signing-key.ts'

/** A statement may be long (generated IN lists), but not without end. */
const BODY_LIMIT = 1024 * 1024
/** A request has to be there whole within this time. */
const REQUEST_TIMEOUT_MS = 60_000
const SWEEP_MS = 3_600_000

/** The HTTP application over an open lake; not yet listening. */
export async function createApp(lake: Lake, options: AppOptions = {}): Promise<FastifyInstance> {
  const { now = () => new Date(), buckets = {}, drainMs = 10_000, tls } = options
  const credentials = options.credentials && checkCredentials(options.credentials)
  const lease = createLease(lake, options.lease)
  const signer = createSigner(lake, now, options.signingKey)
  const queries = createQueryService(lake, lease, createDelivery(lake, buckets, signer, now), now, options.queries)
  const imports = createImportService(lake, lease, now)
  const audit = options.audit ? await openAuditLog(lake, lease) : noAudit
  const context: ServerContext = {
    lake,
    now,
    queries,
    imports,
    signer,
    buckets,
    audit,
    requests: createRequestMetrics(),
    maxEventDataStores: options.maxEventDataStores ?? 10,
    lookupDays: options.lookupDays === 'all' ? undefined : (options.lookupDays ?? 90),
  }
  const authenticate = createAuthenticate(credentials, lake, now)

  // A misspelled member is an error, never dropped or bent into shape.
  const ajv = { customOptions: { removeAdditional: false, coerceTypes: false } } as const
  const common = {
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logger: false,
    forceCloseConnections: true,
    // Nothing here waits while the routes are put together: a machine under load is no reason not to start.
    pluginTimeout: 0,
    ajv,
  } as const
  const app = tls ? (fastify({ ...common, https: { ...tls } } as typeof common) as FastifyInstance) : fastify(common)
  if (!credentials) refuseForeignHosts(app)
  handleErrors(app)
  const { version } = createRequire(import.meta.url)('@traillake/server/package.json') as { version: string }
  registerOpenApi(app, version)
  registerHealth(app, lake, version)
  app.register(async (scope) => {
    registerAws(scope, context, authenticate)
    registerAwsData(scope, context, authenticate)
  })
  app.register(async (scope) => {
    const callerOf = requireTokens(scope, authenticate)
    registerQueries(scope, context, callerOf)
    registerStores(scope, context, callerOf)
    registerTranslate(scope, context)
    registerMetrics(scope, context, callerOf)
  })
  app.addHook('onResponse', async (request, reply) => {
    context.requests.observe(request, reply.elapsedTime / 1000, reply.statusCode < 400)
  })

  const sweep = () => {
    // What could not be removed now is tried again at the next turn.
    if (!lake.readOnly) queries.store.sweep().catch(() => undefined)
  }
  const timer = setInterval(sweep, SWEEP_MS).unref()
  app.addHook('onReady', async () => sweep())
  app.addHook('preClose', async () => {
    clearInterval(timer)
    await Promise.all([queries.close(drainMs), imports.close()])
    await audit.close()
    await lease.close()
  })
  return app
}

/** A page of another site may make a browser ask this address under a name of its own (DNS rebinding): only loopback names are served. */
function refuseForeignHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isLoopback(request.hostname)) return
    const message = `this endpoint answers to loopback names only, not to ${request.hostname}`
    return reply.code(403).send({ error: { code: 'FORBIDDEN_HOST', message } })
  })
}

function handleErrors(app: FastifyInstance): void {
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
        hint: 'there are POST / (the CloudTrail API) and the routes of GET /openapi.json',
      },
    }),
  )
}
