import type { FastifyInstance } from 'fastify'
import { isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import type { CallerOf } from './tokens.ts'

/** `GET /v1/stores`: the event data stores that the caller may look at, with what they hold. */
export function registerStores(app: FastifyInstance, { lake }: ServerContext, callerOf: CallerOf): void {
  const doc = {
    operationId: 'ListStores',
    summary: 'Event data stores with their counts, times and columns',
    answers: ['application/json'],
    result: { type: 'object', required: ['stores'], properties: { stores: { type: 'array' } } },
    errors: [401, 429, 500, 502, 503],
  }
  app.get('/v1/stores', { config: { doc } }, async (request) => {
    const caller = callerOf(request)
    const stores = (await lake.listEventDataStores()).filter((store) => isAllowed(caller, 'GetEventDataStore', store))
    return { stores: await Promise.all(stores.map((store) => lake.describe(store.id))) }
  })
}
