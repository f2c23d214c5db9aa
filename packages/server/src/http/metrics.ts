import type { FastifyInstance } from 'fastify'
import { isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import { renderFamilies } from '../metrics/family.ts'
import { denied } from './errors.ts'
import type { CallerOf } from './tokens.ts'

/** `GET /metrics`: figures in the text form of Prometheus. Callers need the right `cloudtrail:GetMetrics` on `*`. */
export function registerMetrics(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  const doc = {
    operationId: 'GetMetrics',
    summary: 'Figures for Prometheus',
    answers: ['text/plain'],
    isAudited: false,
    errors: [401, 403, 429, 500, 502, 503],
  }
  app.get('/metrics', { config: { doc } }, async (request, reply) => {
    if (!isAllowed(callerOf(request), 'GetMetrics')) throw denied('metrics')
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(renderFamilies(await context.metrics.families()))
  })
}
