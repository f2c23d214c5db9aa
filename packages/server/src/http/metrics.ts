import type { FastifyInstance } from 'fastify'
import { isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import { createLakeMetrics } from '../metrics/lake-metrics.ts'
import { head, labels } from '../metrics/registry.ts'
import { denied } from './errors.ts'
import type { CallerOf } from './tokens.ts'

/** `GET /metrics`: figures in the text form of Prometheus. Callers need the right `cloudtrail:GetMetrics` on `*`. */
export function registerMetrics(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  const lakeMetrics = createLakeMetrics(context.lake)
  const doc = {
    operationId: 'GetMetrics',
    summary: 'Figures for Prometheus',
    answers: ['text/plain'],
    isAudited: false,
    errors: [401, 403, 429, 500, 502, 503],
  }
  app.get('/metrics', { config: { doc } }, async (request, reply) => {
    if (!isAllowed(callerOf(request), 'GetMetrics')) throw denied('metrics')
    const { queued, running } = context.queries.counts
    const lines = [
      ...context.requests.lines(),
      ...head('traillake_queries', 'gauge', 'Queries that StartQuery began, on this server.'),
      `traillake_queries${labels({ state: 'queued' })} ${queued}`,
      `traillake_queries${labels({ state: 'running' })} ${running}`,
      ...head('process_resident_memory_bytes', 'gauge', 'Resident memory of the process.'),
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ...(await lakeMetrics()),
    ]
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(`${lines.join('\n')}\n`)
  })
}
