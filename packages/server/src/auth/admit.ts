import type { FastifyRequest } from 'fastify'
import type { Authenticate } from './authenticate.ts'
import type { Caller } from './caller.ts'
import type { RateLimit } from './rate-limit.ts'

/**
 * Tells who sends a request, if it may come in now; throws an AwsFault otherwise.
 *
 * @param service what a signature has to be scoped to
 */
export type Admit = (request: FastifyRequest, body: Uint8Array, service: string) => Caller

/** Known callers have their share of requests each; requests of nobody known share that of their address, so that secrets cannot be tried out. */
export function createAdmit(authenticate: Authenticate, takeRequest: RateLimit): Admit {
  return ({ method, url, headers, ip }, body, service) => {
    let caller: Caller
    try {
      caller = authenticate({ method, url, headers, body }, service)
    } catch (error) {
      takeRequest(`address ${ip}`)
      throw error
    }
    takeRequest(caller.name)
    return caller
  }
}
