import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isAllowed } from '../auth/caller.ts'
import { resolveLocation } from '../buckets.ts'
import type { ServerContext } from '../context.ts'
import { type ImportRecord, type ImportStatus, isImportOver } from '../imports/import-record.ts'
import { denied, HttpError } from './errors.ts'
import { sendEvents } from './server-sent-events.ts'
import type { CallerOf } from './tokens.ts'

interface StartImport {
  readonly store: string
  readonly source: string
  readonly from?: string
  readonly to?: string
}

const time = { type: 'string', format: 'date-time' } as const
const bodySchema = {
  type: 'object',
  required: ['store', 'source'],
  additionalProperties: false,
  properties: {
    store: { type: 'string', minLength: 1, description: 'name, id or ARN of an event data store' },
    source: {
      type: 'string',
      minLength: 1,
      description: 's3://bucket/prefix of a bucket that the server knows, or file:///… inside a folder of one',
    },
    from: { ...time, description: 'leaves out files whose names carry an earlier time' },
    to: { ...time, description: 'leaves out files whose names carry a later time' },
  },
} as const
const idParams = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', format: 'uuid' } },
} as const
const result = {
  type: 'object',
  required: ['importId', 'status', 'store', 'source', 'createdAt', 'updatedAt', 'statistics', 'failures'],
  properties: { importId: { type: 'string' }, status: { type: 'string' }, failures: { type: 'array' } },
} as const
const PAGE = 100
const listQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    store: { type: 'string', minLength: 1, description: 'name, id or ARN: only imports into this event data store' },
    status: { type: 'string', enum: ['INITIALIZING', 'IN_PROGRESS', 'FAILED', 'STOPPED', 'COMPLETED'] },
    after: { type: 'string', format: 'uuid', description: 'the importId that the page before ended with' },
    limit: {
      type: 'string',
      pattern: '^([1-9][0-9]{0,2}|1000)$',
      description: `how many at most; ${PAGE} unless told`,
    },
  },
} as const
interface ListQuery {
  readonly store?: string
  readonly status?: ImportStatus
  readonly after?: string
  readonly limit?: string
}
const errors = [400, 401, 403, 404, 429, 500, 502, 503]
/** How often a watched import is looked at; it notes its progress once a second. */
const LOOK_EVERY_MS = 500

/** `POST` and `GET /v1/imports`, `GET /v1/imports/{id}`, its progress as server-sent events, and `POST …/stop`. */
export function registerImports(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  const { lake, imports } = context
  async function importOf(request: FastifyRequest, operation = 'GetImport'): Promise<ImportRecord> {
    const { id } = request.params as { readonly id: string }
    const record = await imports.read(id)
    if (!record) throw new HttpError(404, 'IMPORT_NOT_FOUND', `there is no import ${id}`)
    const store = (await lake.listEventDataStores()).find((candidate) => candidate.id === record.store.id)
    if (!isAllowed(callerOf(request), operation, store ?? record.store)) throw denied('this import')
    return record
  }

  const started = {
    operationId: 'StartImport',
    summary: 'Reads log files of a known bucket or folder into a store, in the background',
    answers: [],
    accepted: result,
    next: { GetImport: 'importId', WatchImport: 'importId', StopImport: 'importId' },
    example: { store: 'org', source: 's3://trail-bucket/AWSLogs' },
    errors: [...errors, 409, 413, 415],
  }
  app.post('/v1/imports', { schema: { body: bodySchema }, config: { doc: started } }, async (request, reply) => {
    const { store: name, source, from, to } = request.body as StartImport
    const store = await lake.getEventDataStore(name)
    if (!isAllowed(callerOf(request), 'StartImport', store)) throw denied('imports into this store')
    if (store.deletedFrom) throw new HttpError(409, 'EVENT_DATA_STORE_INACTIVE', `${store.name} is pending deletion`)
    if (lake.readOnly) throw new HttpError(403, 'LAKE_READ_ONLY', 'the lake is open read-only')
    const place = resolveLocation(context.buckets, source)
    if (typeof place === 'string') {
      throw new HttpError(400, 'INVALID_SOURCE', `${source} is in no bucket or folder that this server imports from`)
    }
    const record = await imports.start({
      store,
      source: { uri: source, region: lake.region, role: '' },
      place,
      span: request.span,
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
    })
    if (!record) throw new HttpError(409, 'IMPORT_UNDER_WAY', 'an import is under way: one runs at a time in a lake')
    reply.code(202).header('location', `/v1/imports/${record.id}`)
    return shown(record)
  })

  const listed = {
    operationId: 'ListImports',
    summary: 'Imports that were started here, newest first, into stores that the caller may look at',
    answers: ['application/json'],
    result: { type: 'object', required: ['imports'], properties: { imports: { type: 'array', items: result } } },
    errors,
  }
  app.get('/v1/imports', { schema: { querystring: listQuery }, config: { doc: listed } }, async (request) => {
    const { store: name, status, after, limit = PAGE } = request.query as ListQuery
    const wanted = name === undefined ? undefined : (await lake.getEventDataStore(name)).id
    const stores = new Map((await lake.listEventDataStores()).map((store) => [store.id, store]))
    const caller = callerOf(request)
    const records = await imports.list()
    const begin = after === undefined ? 0 : records.findIndex(({ id }) => id === after) + 1
    if (after !== undefined && begin === 0) throw new HttpError(404, 'IMPORT_NOT_FOUND', `there is no import ${after}`)
    const found = records
      .slice(begin)
      .filter(
        (record) =>
          (wanted === undefined || record.store.id === wanted) &&
          (status === undefined || record.status === status) &&
          isAllowed(caller, 'ListImports', stores.get(record.store.id) ?? record.store),
      )
    return { imports: found.slice(0, Number(limit)).map(shown) }
  })

  const described = {
    operationId: 'GetImport',
    summary: 'The state of an import',
    answers: ['application/json'],
    result,
    errors,
  }
  app.get('/v1/imports/:id', { schema: { params: idParams }, config: { doc: described } }, async (request) =>
    shown(await importOf(request)),
  )

  const stopped = {
    operationId: 'StopImport',
    summary: 'Stops an import after what is under way; what was committed stays, and one that is over stays what it is',
    answers: ['application/json'],
    result,
    errors,
  }
  app.post('/v1/imports/:id/stop', { schema: { params: idParams }, config: { doc: stopped } }, async (request) => {
    const { id } = await importOf(request, 'StopImport')
    return shown((await imports.stop(id))!)
  })

  const watched = {
    operationId: 'WatchImport',
    summary: 'The progress of an import, as server-sent events until it is over',
    answers: ['text/event-stream'],
    errors,
  }
  app.get(
    '/v1/imports/:id/events',
    { schema: { params: idParams }, config: { doc: watched } },
    async (request, reply) => {
      const first = await importOf(request)
      async function* events() {
        let said = ''
        for (let record: ImportRecord | undefined = first; record; record = await imports.read(first.id)) {
          const isOver = isImportOver(record)
          const data = shown(record)
          const text = JSON.stringify(data)
          yield text === said ? undefined : { event: isOver ? 'end' : 'progress', data }
          if (isOver) return
          said = text
          await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
        }
      }
      return sendEvents(reply, events(), context.stalledMs)
    },
  )
}

function shown({ id, store, source, from, to, status, createdAt, updatedAt, statistics, failures }: ImportRecord) {
  return {
    importId: id,
    status,
    store: store.arn,
    source: source.uri,
    from,
    to,
    createdAt,
    updatedAt,
    statistics,
    failures,
  }
}
