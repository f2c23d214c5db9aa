import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { putEvents } from '../audit-events/put-events.ts'
import type { Admit } from '../auth/admit.ts'
import { isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import { logFailure } from '../log.ts'
import { bytesOf, parseBody } from './body.ts'
import { toFault } from './faults.ts'
import { readInput } from './read-input.ts'
import { required } from './shape.ts'

/** Errors of the data API that name what is wrong with the channel or the request as a whole. */
type DataFault =
  | 'ChannelInsufficientPermission'
  | 'ChannelNotFound'
  | 'InvalidChannelARN'
  | 'ChannelUnsupportedSchema'
  | 'DuplicatedAuditEventId'

class DataError extends Error {
  readonly fault: DataFault

  constructor(fault: DataFault, message: string) {
    super(message)
    this.fault = fault
  }
}

const members = {
  auditEvents: required({
    kind: 'list',
    min: 1,
    max: 100,
    of: {
      kind: 'structure',
      members: {
        id: required({ kind: 'string', min: 1, max: 128, pattern: /[-_A-Za-z0-9]+/ }),
        eventData: required({ kind: 'string' }),
        eventDataChecksum: { kind: 'string' },
      },
    },
  }),
} as const

/**
 * `POST /PutAuditEvents`: the REST-JSON protocol of `cloudtrail-data`. Channels are not kept yet: each activity store has
 * one, whose id is the store's. To be registered in a scope that takes bodies as bytes.
 */
export function registerAwsData(app: FastifyInstance, context: ServerContext, admit: Admit): void {
  app.post('/PutAuditEvents', async (request, reply) => {
    const body = bytesOf(request)
    try {
      const caller = admit(request, body, 'cloudtrail-data')
      const { channelArn } = request.query as { readonly channelArn?: string | readonly string[] }
      const { lake, now } = context
      const store = await storeOfChannel(context, channelArn)
      if (!isAllowed(caller, 'PutAuditEvents', store)) {
        throw new DataError('ChannelInsufficientPermission', `${caller.name} may not put events into ${channelArn}.`)
      }
      const { auditEvents } = readInput(parseBody(body), members, { errors: [] })
      const ids = auditEvents.map(({ id }) => id)
      if (new Set(ids).size < ids.length) {
        throw new DataError('DuplicatedAuditEventId', 'Two events of the request have one id.')
      }
      return send(reply, 200, await putEvents(lake, store, channelArn as string, auditEvents, now()))
    } catch (error) {
      if (error instanceof DataError) return sendError(reply, 400, error.fault, error.message)
      const fault = toFault(error)
      if (fault.status >= 500) logFailure(request, error)
      return sendError(reply, fault.status, fault.fault, fault.message)
    }
  })
}

async function storeOfChannel({ lake }: ServerContext, channelArn: string | readonly string[] | undefined) {
  const text = typeof channelArn === 'string' ? channelArn : ''
  const [, account, id] = /^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:(\d{12}):channel\/([0-9a-f-]{36})$/.exec(text) ?? []
  if (id === undefined) throw new DataError('InvalidChannelARN', `${text} is no ARN of a channel.`)
  const store = (await lake.listEventDataStores()).find((candidate) => candidate.id === id)
  if (account !== lake.accountId || !store || store.deletedFrom) {
    throw new DataError('ChannelNotFound', `There is no channel ${text}: each activity store has one with its own id.`)
  }
  if (store.schema !== 'activity') {
    throw new DataError('ChannelUnsupportedSchema', `The event data store of ${text} is not one of activity events.`)
  }
  return store
}

function sendError(reply: FastifyReply, status: number, name: string, message: string): FastifyReply {
  return send(reply.header('x-amzn-errortype', name), status, { __type: name, message })
}

function send(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .header('x-amzn-RequestId', randomUUID())
    .type('application/json')
    .send(Buffer.from(JSON.stringify(body)))
}
