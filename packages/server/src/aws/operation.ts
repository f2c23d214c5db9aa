import type { Caller } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'
import type { Span } from '../tracing/span.ts'
import type { FaultName } from './faults.ts'
import type { InputOf, Members } from './shape.ts'

/** One call as an operation sees it. */
export interface Call {
  readonly context: ServerContext
  readonly caller: Caller
  /** Of the request. */
  readonly span: Span
}

/** An operation of the CloudTrail API: what it takes, what it may answer besides success, and what it does. */
export interface Operation {
  readonly name: string
  readonly input: Members
  /** Faults of the API's model that this operation knows; common ones are not listed. */
  readonly errors: readonly FaultName[]
  /** What is not as AWS does it, for docs/api.md. */
  readonly note?: string
  /** @param input checked against `input` */
  readonly run: (input: never, call: Call) => Promise<object>
}

/** Ties the type of a handler's input to the shapes that it was checked against. */
export function operation<const M extends Members>(definition: {
  readonly name: string
  readonly input: M
  readonly errors: readonly FaultName[]
  readonly note?: string
  readonly run: (input: InputOf<M>, call: Call) => Promise<object>
}): Operation {
  return definition as Operation
}
