import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

type Part = string | Uint8Array

/**
 * Sends parts as they come. The first one is taken before the status line goes out, so that what fails at once is a proper error.
 *
 * @param release frees what the parts come from; called once, however it ends, with what went wrong
 * @param stalledMs a reader that takes nothing of a part for so long is cut off: it would hold an engine for ever
 */
export async function sendStream(
  reply: FastifyReply,
  parts: AsyncIterable<Part>,
  release: (failure?: unknown) => Promise<void>,
  stalledMs: number,
): Promise<FastifyReply> {
  const iterator = parts[Symbol.asyncIterator]()
  let first: IteratorResult<Part>
  try {
    first = await iterator.next()
  } catch (error) {
    await release(error)
    throw error
  }
  async function* taken(): AsyncGenerator<Part> {
    let failure: unknown
    try {
      for (let part = first; !part.done; part = await iterator.next()) {
        const timer = setTimeout(() => reply.raw.destroy(), stalledMs)
        try {
          yield part.value
        } finally {
          clearTimeout(timer)
        }
      }
    } catch (error) {
      failure = error
      throw error
    } finally {
      await iterator.return?.()
      await release(failure)
    }
  }
  return reply.send(Readable.from(taken(), { objectMode: false }))
}
