import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface CollectedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** OTLP's numbers: 1 internal, 2 server. */
  readonly kind: number
  /** Nanoseconds since 1970. */
  readonly from: bigint
  readonly to: bigint
  readonly isError: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A collector as OTLP over HTTP describes it: takes spans as JSON on `POST /v1/traces`, and decodes them. */
export async function startCollector({ status = 200 } = {}) {
  const spans: CollectedSpan[] = []
  const bodies: string[] = []
  let requests = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    requests += 1
    const isTraces = request.method === 'POST' && request.url === '/v1/traces'
    if (!isTraces || request.headers['content-type'] !== 'application/json') {
      response.writeHead(404).end()
      return
    }
    if (status === 200) {
      bodies.push(body)
      spans.push(...decode(body))
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: spans as readonly CollectedSpan[],
    bodies: bodies as readonly string[],
    get requests() {
      return requests
    },
  }
}

function decode(body: string): CollectedSpan[] {
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire
  const { resourceSpans } = JSON.parse(body) as any
  const found: CollectedSpan[] = []
  for (const { resource, scopeSpans } of resourceSpans) {
    for (const { spans } of scopeSpans) {
      for (const span of spans) {
        found.push({
          name: span.name,
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId,
          kind: span.kind,
          from: BigInt(span.startTimeUnixNano),
          to: BigInt(span.endTimeUnixNano),
          isError: span.status.code === 2,
          attributes: attributesOf(span.attributes),
          resource: attributesOf(resource.attributes),
        })
      }
    }
  }
  return found
}

function attributesOf(list: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]))
}
