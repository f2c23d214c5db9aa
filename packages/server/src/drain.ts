import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

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
