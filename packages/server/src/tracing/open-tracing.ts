import { type Span as OtelSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { TraillakeError } from '@traillake/core/errors'
import type { TracingOptions } from '../options.ts'
import type { Span, Tracing } from './span.ts'

/** How long a collector that does not answer may hold up the end of the server. */
const CLOSE_MS = 3000

/**
 * Makes spans and sends them to a collector, by OTLP over HTTP. Loaded only where traces are configured.
 *
 * What OpenTelemetry's own variables say (`OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, …) is obeyed.
 *
 * Errors: INVALID_OPTION for an endpoint that is no URL.
 *
 * @param onLost told why spans could not be sent, once until some can be sent again
 */
export function openTracing(options: TracingOptions, version: string, onLost: (reason: string) => void): Tracing {
  const url = `${options.endpoint.replace(/\/$/, '')}/v1/traces`
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new TraillakeError('INVALID_OPTION', { option: 'traces', reason: 'must be an http or https URL' })
  }
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': process.env.OTEL_SERVICE_NAME ?? 'traillake',
      'service.version': version,
    }),
    spanProcessors: [new BatchSpanProcessor(telling(new OTLPTraceExporter({ url }), onLost))],
  })
  const tracer = provider.getTracer('traillake', version)
  const propagator = new W3CTraceContextPropagator()
  const getter = {
    get: (headers: object, name: string) => (headers as Readonly<Record<string, string | string[]>>)[name],
    keys: (headers: object) => Object.keys(headers),
  }
  return {
    statements: options.statements ?? false,
    request(headers) {
      const parent = propagator.extract(ROOT_CONTEXT, headers, getter)
      return spanOf(tracer, tracer.startSpan('request', { kind: SpanKind.SERVER, startTime: epochMs() }, parent))
    },
    async close() {
      const timeout = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref())
      // What could not be sent was told where it was tried.
      await Promise.race([provider.shutdown().catch(() => undefined), timeout])
    },
  }
}

/** One clock for all spans: each would add its own idea of the clock's drift to times of `performance.now()`. */
function epochMs(at = performance.now()): number {
  return performance.timeOrigin + at
}

function spanOf(tracer: Tracer, span: OtelSpan): Span {
  const context = trace.setSpan(ROOT_CONTEXT, span)
  return {
    traceId: span.spanContext().traceId,
    begin: (name, attributes = {}, startedAt) =>
      spanOf(tracer, tracer.startSpan(name, { attributes, startTime: epochMs(startedAt) }, context)),
    set: (attributes) => void span.setAttributes(attributes),
    rename: (name) => void span.updateName(name),
    end({ error, at } = {}) {
      if (error !== undefined) {
        span.setAttribute('error.type', error)
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      span.end(epochMs(at))
    },
  }
}

/** An exporter that says why it could not send: not at every batch of an outage, but when one begins. */
function telling(exporter: SpanExporter, onLost: (reason: string) => void): SpanExporter {
  let isLost = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const wasLost = isLost
        isLost = result.code !== ExportResultCode.SUCCESS
        if (isLost && !wasLost) onLost(reasonOf(result.error))
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush ? { forceFlush: () => exporter.forceFlush!() } : {}),
  }
}

/** The code of the network or the status of the answer, where there is one. */
function reasonOf(error: Error | undefined): string {
  const { code } = (error ?? {}) as { readonly code?: string | number }
  return String(code ?? error?.message ?? 'unknown')
}
