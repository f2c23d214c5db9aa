import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../context.ts'
import type { CallerOf } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What went wrong with the request, once something did. */
    failure: { readonly code: string; readonly message: string } | undefined
  }
}

/** Records every call of the routes of a scope, refused ones too, when its answer begins: `operationId` names it. */
export function auditCalls(app: FastifyInstance, context: ServerContext, callerOf: CallerOf): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { doc } = request.routeOptions.config
    if (!doc) return payload
    const { failure } = request
    context.requests.name(request, doc.operationId, failure?.code ?? 'ok')
    if (doc.isAudited === false) return payload
    const queryId = reply.getHeader('x-traillake-query-id')
    context.audit.record({
      source: 'traillake',
      operation: doc.operationId,
      caller: callerOf(request),
      address: request.ip,
      headers: request.headers,
      input: { ...(request.params as object), ...(request.query as object), ...(request.body as object | undefined) },
      ...(failure ? { error: failure } : queryId === undefined ? {} : { output: { QueryId: queryId } }),
      requestId: randomUUID(),
      at: context.now(),
    })
    return payload
  })
}
