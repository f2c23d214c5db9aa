import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { HttpError } from './http/errors.ts'

/** Counts the answers that are under way. Gives what waits for them, for so long at most. */
export function trackAnswers(app: FastifyInstance): (graceMs: number) => Promise<void> {
  const open = new Set<ServerResponse>()
  let onEmpty: () => void = () => undefined
  app.addHook('onRequest', async (_request, { raw }) => {
    open.add(raw)
    raw.once('close', () => {
      open.delete(raw)
      if (open.size === 0) onEmpty()
    })
  })
  return (graceMs) =>
    new Promise((resolve) => {
      if (open.size === 0) return resolve()
      const timer = setTimeout(resolve, graceMs)
      onEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })
}

/** Refuses what is asked from the moment on that the server closes: the rest of its time is for answers that are under way. */
export function refuseLateRequests(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onRequest', async () => {
    if (isClosing) throw new HttpError(503, 'SERVER_CLOSING', 'the server is about to stop')
  })
}
