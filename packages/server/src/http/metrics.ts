import type { FastifyInstance } from 'fastify'
import { isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import { createLakeMetrics } from '../metrics/lake-metrics.ts'
import { head, labels } from '../metrics/registry.ts'
import type { CallerOf } from './tokens.ts'

/** `GET /metrics`: figures in the text form of Prometheus. Callers need the right `cloudtrail:GetMetrics` on `*`. */
export function registerMetrics(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  const lakeMetrics = createLakeMetrics(context.lake)
  const doc = { summary: 'Figures for Prometheus', answers: ['text/plain'], errors: [401, 403] }
  app.get('/metrics', { config: { doc } }, async (request, reply) => {
    if (!isAllowed(callerOf(request), 'GetMetrics')) {
      const message = 'the rights of this token do not cover metrics'
      return reply.code(403).send({ error: { code: 'ACCESS_DENIED', message } })
    }
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
