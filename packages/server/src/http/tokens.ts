import type { FastifyInstance } from 'fastify'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Caller } from '../auth/caller.ts'

/** Who sends a request that was let in. */
export type CallerOf = (request: object) => Caller

const NO_BODY = new Uint8Array()

/** Lets only callers in that are known. Signatures of AWS cover the body, which is not there yet: here callers show a token. */
export function requireTokens(app: FastifyInstance, authenticate: Authenticate): CallerOf {
  const callers = new WeakMap<object, Caller>()
  app.addHook('onRequest', async (request, reply) => {
    const { method, url, headers } = request
    try {
      callers.set(request, authenticate({ method, url, headers, body: NO_BODY }, 'traillake'))
    } catch {
      const message = 'this server wants Authorization: Bearer <token>'
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({ error: { code: 'UNAUTHENTICATED', message } })
    }
  })
  return (request) => callers.get(request)!
}
