import type { IncomingHttpHeaders } from 'node:http'

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A stretch of work, told to a collector where traces are made. It never holds rows. Times are those of `performance.now()`. */
export interface Span {
  /** Of the whole trace, 32 hexadecimal digits; absent where no traces are made. */
  readonly traceId?: string
  /** A stretch inside this one; it may have begun before now, and may outlast this one. */
  begin(name: string, attributes?: SpanAttributes, startedAt?: number): Span
  set(attributes: SpanAttributes): void
  rename(name: string): void
  /** @param error its code, where the work failed */
  end(outcome?: { readonly error?: string | undefined; readonly at?: number }): void
}

export interface Tracing {
  /** Whether spans of queries hold their texts, literals included. */
  readonly statements: boolean
  /** The span of a request: of the trace that its `traceparent` names, else of a new one. */
  request(headers: IncomingHttpHeaders): Span
  /** Sends what is left. */
  close(): Promise<void>
}

export const noSpan: Span = { begin: () => noSpan, set: () => undefined, rename: () => undefined, end: () => undefined }

export const noTracing: Tracing = { statements: false, request: () => noSpan, close: async () => undefined }
