import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AuditedCall } from '../audit/audit-event.ts'
import type { Admit } from '../auth/admit.ts'
import type { Caller } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import { logFailure } from '../log.ts'
import { bytesOf, parseBody } from './body.ts'
import { AwsFault, toFault } from './faults.ts'
import { operations, unsupportedOperations } from './operations/index.ts'
import { readInput } from './read-input.ts'

const CONTENT_TYPE = 'application/x-amz-json-1.1'
/** SDKs write either `CloudTrail_20131101.X` or `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.X`. */
const TARGET = /^(?:[\w.]+\.)?CloudTrail_20131101\.(\w+)$/

/** `POST /`: the AWS JSON 1.1 protocol of CloudTrail. To be registered in a scope of its own: it takes bodies as bytes. */
export function registerAws(app: FastifyInstance, context: ServerContext, admit: Admit): void {
  // Whatever type a client claims, the body is judged by its bytes: a signature covers them.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500, message } = error as { statusCode?: number; message: string }
    const fault =
      statusCode === 403
        ? new AwsFault('AccessDeniedException', message)
        : statusCode === 413
          ? new AwsFault('RequestEntityTooLargeException', message)
          : statusCode < 500
            ? new AwsFault('SerializationException', message)
            : statusCode === 503
              ? new AwsFault('ServiceUnavailableException', message)
              : toFault(error)
    if (fault.status >= 500) logFailure(request, error)
    return sendFault(reply, fault)
  })
  app.post('/', async (request, reply) => {
    const body = bytesOf(request)
    const { headers } = request
    const requestId = randomUUID()
    reply.header('x-amzn-RequestId', requestId)
    let caller: Caller | undefined
    let operation = 'Unknown'
    let input: unknown = null
    const audit = (result: Pick<AuditedCall, 'output' | 'error'>) => {
      context.requests.name(request, operation, result.error?.code ?? 'ok')
      context.audit.record({
        ...{ source: 'cloudtrail.amazonaws.com', operation, caller, address: request.ip, headers, input, requestId },
        ...result,
        at: context.now(),
      })
    }
    try {
      const name = operationName(headers['x-amz-target'])
      const definition = name === undefined ? undefined : operations.get(name)
      // Names that nobody knows stay out of the audit's and the metrics' names.
      if (name !== undefined && (definition || unsupportedOperations.has(name))) operation = name
      caller = admit(request, body, 'cloudtrail')
      if (!definition) throw unknown(name)
      input = readInput(body.length === 0 ? {} : parseBody(body), definition.input, definition)
      const output = await definition.run(input as never, { context, caller, span: request.span })
      audit({ output: output as Readonly<Record<string, unknown>> })
      return send(reply, 200, output)
    } catch (error) {
      const fault = toFault(error)
      if (fault.status >= 500) logFailure(request, error)
      audit({ error: { code: fault.fault.replace(/Exception$/, ''), message: fault.message } })
      return sendFault(reply, fault)
    }
  })
}

function operationName(target: string | readonly string[] | undefined): string | undefined {
  return typeof target === 'string' ? TARGET.exec(target)?.[1] : undefined
}

function unknown(name: string | undefined): AwsFault {
  if (name === undefined) {
    return new AwsFault('UnknownOperationException', 'X-Amz-Target names no CloudTrail operation.')
  }
  const reason = unsupportedOperations.get(name)
  return reason === undefined
    ? new AwsFault('UnknownOperationException', `CloudTrail has no operation ${name}.`)
    : new AwsFault('UnsupportedOperationException', `${name} is not supported: ${reason}.`)
}

export function sendFault(reply: FastifyReply, fault: AwsFault): FastifyReply {
  return send(reply, fault.status, { __type: fault.fault, message: fault.message })
}

function send(reply: FastifyReply, status: number, body: object): FastifyReply {
  if (!reply.hasHeader('x-amzn-RequestId')) reply.header('x-amzn-RequestId', randomUUID())
  return reply
    .code(status)
    .type(CONTENT_TYPE)
    .send(Buffer.from(JSON.stringify(body)))
}
