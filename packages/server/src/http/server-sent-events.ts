import type { FastifyReply } from 'fastify'
import { sendStream } from './stream.ts'

export interface ServerSentEvent {
  readonly event: string
  /** Becomes JSON. */
  readonly data: object
}

/** A connection on which nothing comes for so long may be taken for dead by what lies between. */
const SILENCE_MS = 15_000

/**
 * Sends events as they come, in the form of `text/event-stream`; the answer ends with the last one.
 *
 * @param events undefined: nothing new yet
 */
export function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent | undefined>,
  stalledMs: number,
): Promise<FastifyReply> {
  async function* parts(): AsyncGenerator<string> {
    let saidAt = 0
    for await (const event of events) {
      const isSilent = Date.now() - saidAt > SILENCE_MS
      if (!event && !isSilent) continue
      saidAt = Date.now()
      yield event ? `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n` : ':\n\n'
    }
  }
  reply.type('text/event-stream').header('cache-control', 'no-store')
  return sendStream(reply, parts(), async () => undefined, stalledMs)
}
