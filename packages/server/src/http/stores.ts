import type { FastifyInstance } from 'fastify'
import { isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import { denied } from './errors.ts'
import type { CallerOf } from './tokens.ts'

const params = {
  type: 'object',
  required: ['store'],
  properties: { store: { type: 'string', minLength: 1, description: 'name, id or ARN of an event data store' } },
} as const

/** `GET /v1/stores` and `GET /v1/stores/{store}`: the event data stores that the caller may look at, with what they hold. */
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

  const one = {
    operationId: 'GetStore',
    summary: 'One event data store with its counts, times and columns',
    answers: ['application/json'],
    result: { type: 'object', required: ['id', 'arn', 'name', 'events', 'columns'] },
    errors: [400, 401, 403, 404, 429, 500, 502, 503],
  }
  app.get('/v1/stores/:store', { schema: { params }, config: { doc: one } }, async (request) => {
    const { store: name } = request.params as { readonly store: string }
    const store = await lake.getEventDataStore(name)
    if (!isAllowed(callerOf(request), 'GetEventDataStore', store)) throw denied('this store')
    return lake.describe(store.id)
  })
}
