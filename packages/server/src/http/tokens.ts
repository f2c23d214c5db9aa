import type { FastifyInstance } from 'fastify'
import type { Admit } from '../auth/admit.ts'
import type { Caller } from '../auth/caller.ts'
import { Throttled } from '../auth/rate-limit.ts'
import { HttpError } from './errors.ts'

/** Who sends a request that was let in. */
export type CallerOf = (request: object) => Caller

const NO_BODY = new Uint8Array()

/** Lets only callers in that are known. Signatures of AWS cover the body, which is not there yet: here callers show a token. */
export function requireTokens(app: FastifyInstance, admit: Admit): CallerOf {
  const callers = new WeakMap<object, Caller>()
  app.addHook('onRequest', async (request, reply) => {
    try {
      callers.set(request, admit(request, NO_BODY, 'traillake'))
    } catch (error) {
      if (error instanceof Throttled) {
        reply.header('retry-after', error.retryAfterS)
        throw new HttpError(429, 'THROTTLED', 'more requests a second than one caller may send')
      }
      reply.header('www-authenticate', 'Bearer')
      throw new HttpError(401, 'UNAUTHENTICATED', 'this server wants Authorization: Bearer <token>')
    }
  })
  return (request) => callers.get(request)!
}
