import type { FastifyInstance } from 'fastify'
import type { RequestMetrics } from '../metrics/registry.ts'
import { noSpan, noTracing, type Span, type Tracing } from './span.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What is done for the request goes into it. */
    span: Span
  }
}

/** One span a request, named for its route, with its operation and how it ended. */
export function traceRequests(app: FastifyInstance, tracing: Tracing, requests: RequestMetrics): void {
  if (tracing === noTracing) {
    app.decorateRequest('span', { getter: () => noSpan })
    return
  }
  app.decorateRequest('span')
  app.addHook('onRequest', async (request) => {
    request.span = tracing.request(request.headers)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { operation, outcome } = requests.nameOf(request)
    const { method, span } = request
    const route = request.routeOptions.url
    span.rename(route === undefined ? method : `${method} ${route}`)
    span.set({
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
      'http.response.status_code': reply.statusCode,
      'traillake.operation': operation,
    })
    span.end(outcome === 'ok' ? {} : { error: outcome })
  })
}
