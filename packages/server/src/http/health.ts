import { readFileSync } from 'node:fs'
import type { Lake } from '@traillake/core'
import type { FastifyInstance } from 'fastify'

/** `GET /health`: 200 while the lake can be listed; the error's status otherwise. */
export function registerHealth(app: FastifyInstance, lake: Lake): void {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  app.get('/health', async () => ({
    status: 'ok',
    version,
    eventDataStores: (await lake.listEventDataStores()).length,
  }))
}
