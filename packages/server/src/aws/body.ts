import type { FastifyRequest } from 'fastify'
import { AwsFault } from './faults.ts'

/** The bytes of a request in a scope that takes bodies as bytes; none for a request without a body. */
export function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

/** The JSON value of a body. Throws SerializationException for other bytes. */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new AwsFault('SerializationException', 'The body is no JSON text in UTF-8.')
  }
}
