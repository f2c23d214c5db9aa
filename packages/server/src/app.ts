import { createRequire } from 'node:module'
import type { Lake } from '@traillake/core'
import { type FastifyInstance, fastify } from 'fastify'
import { noAudit, openAuditLog } from './audit/audit-log.ts'
import { createAdmit } from './auth/admit.ts'
import { createAuthenticate } from './auth/authenticate.ts'
import { checkCredentials } from './auth/credentials.ts'
import { createRateLimit } from './auth/rate-limit.ts'
import { registerAwsData } from './aws/data-protocol.ts'
import { registerAws } from './aws/protocol.ts'
import type { ServerContext } from './context.ts'
import { refuseLateRequests, trackAnswers } from './drain.ts'
import { createStoreHistory } from './history/store-history.ts'
import { auditCalls } from './http/audited.ts'
import { HttpError, handleErrors } from './http/errors.ts'
import { registerHealth } from './http/health.ts'
import { registerImports } from './http/imports.ts'
import { registerKeptQueries } from './http/kept-queries.ts'
import { registerMetrics } from './http/metrics.ts'
import { registerOpenApi } from './http/openapi.ts'
import { registerQueries } from './http/queries.ts'
import { registerStores } from './http/stores.ts'
import { requireTokens } from './http/tokens.ts'
import { registerTranslate } from './http/translate.ts'
import { createImportService } from './imports/import-service.ts'
import { createLease } from './lease.ts'
import { listenerOptions } from './limits.ts'
import { loggerOptions, logRequests } from './log.ts'
import { isLoopback } from './loopback.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createRequestMetrics } from './metrics/registry.ts'
import type { AppOptions } from './options.ts'
import { createDelivery } from './queries/delivery.ts'
import { createQueryService } from './queries/query-service.ts'
import { createSigner } from './queries/signing-key.ts'
import { noTracing, type Tracing } from './tracing/span.ts'
import { traceRequests } from './tracing/trace-requests.ts'

const SWEEP_MS = 3_600_000

/** The HTTP application over an open lake; not yet listening. */
export async function createApp(lake: Lake, options: AppOptions = {}): Promise<FastifyInstance> {
  const { now = () => new Date(), buckets = {}, drainMs = 10_000, limits = {}, tls } = options
  const { version } = createRequire(import.meta.url)('@traillake/server/package.json') as { version: string }
  const credentials = options.credentials && checkCredentials(options.credentials)
  const lease = createLease(lake, options.lease)
  const signer = createSigner(lake, now, options.signingKey)
  const tracing = await tracingOf(options, version, (reason) =>
    app.log.warn({ reason }, 'traces could not be sent to their collector'),
  )
  const delivery = createDelivery(lake, buckets, signer, now)
  const queries = createQueryService({ lake, lease, delivery, tracing, now }, options.queries)
  const imports = createImportService(lake, lease, now)
  const requests = createRequestMetrics()
  const metrics = createMetrics({ lake, lease, requests, queries, buckets }, options.monitoring)
  const audit = options.audit ? await openAuditLog(lake, lease) : noAudit
  const timeUp = new AbortController()
  const context: ServerContext = {
    lake,
    now,
    queries,
    history: createStoreHistory(lake),
    imports,
    signer,
    buckets,
    audit,
    requests,
    tracing,
    metrics,
    maxEventDataStores: options.maxEventDataStores ?? 10,
    stalledMs: limits.stalledMs ?? 60_000,
    lookupDays: options.lookupDays === 'all' ? undefined : (options.lookupDays ?? 90),
    timeUp: timeUp.signal,
  }
  const admit = createAdmit(createAuthenticate(credentials, lake, now), createRateLimit(limits.requestsPerSecond ?? 0))

  // A misspelled member is an error, never dropped or bent into shape.
  const ajv = { customOptions: { removeAdditional: false, coerceTypes: false } } as const
  const common = {
    ...listenerOptions(limits),
    ...loggerOptions(options.log),
    forceCloseConnections: true,
    // Refused in the words of each protocol instead.
    return503OnClosing: false,
    // Nothing here waits while the routes are put together: a machine under load is no reason not to start.
    pluginTimeout: 0,
    ajv,
  } as const
  const app = tls
    ? (fastify({ ...common, https: { ...common.http, ...tls } } as typeof common) as FastifyInstance)
    : fastify(common)
  const answered = trackAnswers(app, timeUp)
  traceRequests(app, tracing, requests)
  refuseLateRequests(app)
  app.server.maxConnections = limits.connections ?? 15_000
  if (!credentials) refuseForeignHosts(app)
  handleErrors(app)
  registerOpenApi(app, version)
  registerHealth(app, lake, version)
  app.register(async (scope) => {
    registerAws(scope, context, admit)
    registerAwsData(scope, context, admit)
  })
  app.register(async (scope) => {
    scope.removeContentTypeParser('text/plain')
    const callerOf = requireTokens(scope, admit)
    auditCalls(scope, context, callerOf)
    registerQueries(scope, context, callerOf)
    registerKeptQueries(scope, context, callerOf)
    registerStores(scope, context, callerOf)
    registerTranslate(scope, context, callerOf)
    registerImports(scope, context, callerOf)
    registerMetrics(scope, context, callerOf)
  })
  app.addHook('onResponse', async (request, reply) => {
    context.requests.observe(request, reply.elapsedTime / 1000)
  })

  logRequests(app, requests)

  const sweep = () => {
    // What could not be removed now is tried again at the next turn.
    if (!lake.readOnly) queries.store.sweep().catch(() => undefined)
  }
  const timer = setInterval(sweep, SWEEP_MS).unref()
  app.addHook('onReady', async () => sweep())
  app.addHook('preClose', async () => {
    clearInterval(timer)
    await Promise.all([answered(drainMs), queries.close(drainMs), imports.close(), metrics.close()])
    await audit.close()
    await lease.close()
  })
  app.addHook('onClose', () => tracing.close())
  return app
}

/** What makes traces takes a while to load: only those wait for it who want some. */
async function tracingOf({ tracing }: AppOptions, version: string, onLost: (reason: string) => void): Promise<Tracing> {
  if (!tracing) return noTracing
  const { openTracing } = await import('./tracing/open-tracing.ts')
  return openTracing(tracing, version, onLost)
}

/** A page of another site may make a browser ask this address under a name of its own (DNS rebinding): only loopback names are served. */
function refuseForeignHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (isLoopback(request.hostname)) return
    const message = `this endpoint answers to loopback names only, not to ${request.hostname}`
    throw new HttpError(403, 'FORBIDDEN_HOST', message)
  })
}
