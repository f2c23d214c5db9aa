import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { HttpError } from './http/errors.ts'

/** For the error that an answer ends with whose time is up. */
const LAST_WORDS_MS = 1000

/**
 * Counts the answers that are under way. Gives what waits for them, for so long at most; then it aborts `timeUp`, and waits a moment for
 * them to say so.
 */
export function trackAnswers(app: FastifyInstance, timeUp: AbortController): (graceMs: number) => Promise<void> {
  const open = new Set<ServerResponse>()
  let onEmpty: () => void = () => undefined
  app.addHook('onRequest', async (_request, { raw }) => {
    open.add(raw)
    raw.once('close', () => {
      open.delete(raw)
      if (open.size === 0) onEmpty()
    })
  })
  const allOut = (withinMs: number) =>
    new Promise<void>((resolve) => {
      if (open.size === 0) return resolve()
      const timer = setTimeout(resolve, withinMs)
      onEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  return async (graceMs) => {
    await allOut(graceMs)
    timeUp.abort()
    await allOut(LAST_WORDS_MS)
  }
}

/** What a caller is told whose answer is not there, or not whole, when the server stops. */
export function serverClosing(message = 'the server is about to stop'): HttpError {
  return new HttpError(503, 'SERVER_CLOSING', message)
}

/** Refuses what is asked from the moment on that the server closes: the rest of its time is for answers that are under way. */
export function refuseLateRequests(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onRequest', async () => {
    if (isClosing) throw serverClosing()
  })
}
