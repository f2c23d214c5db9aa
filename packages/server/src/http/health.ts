import type { Lake } from '@traillake/core'
import type { FastifyInstance } from 'fastify'

/** `GET /health` and `GET /ready`: 200 while the lake can be listed; the error's status otherwise. */
export function registerHealth(app: FastifyInstance, lake: Lake, version: string): void {
  const answer = async () => ({
    status: 'ok',
    version,
    eventDataStores: (await lake.listEventDataStores()).length,
  })
  const doc = {
    answers: ['application/json'],
    result: { type: 'object', required: ['status', 'version', 'eventDataStores'] },
    errors: [500, 502, 503],
  }
  app.get(
    '/health',
    { config: { doc: { ...doc, operationId: 'GetHealth', summary: 'Whether the server is well' } } },
    answer,
  )
  app.get(
    '/ready',
    { config: { doc: { ...doc, operationId: 'GetReadiness', summary: 'Whether the lake can be read' } } },
    answer,
  )
}
