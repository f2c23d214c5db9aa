import { createRequire } from 'node:module'
import type { Lake } from '@traillake/core'
import type { FastifyInstance } from 'fastify'

/** `GET /health`: 200 while the lake can be listed; the error's status otherwise. */
export function registerHealth(app: FastifyInstance, lake: Lake): void {
  const { version } = createRequire(import.meta.url)('@traillake/server/package.json') as { version: string }
  app.get('/health', async () => ({
    status: 'ok',
    version,
    eventDataStores: (await lake.listEventDataStores()).length,
  }))
}
