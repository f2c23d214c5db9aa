import { type ErrorCode, type ErrorKind, type ErrorParams, errorCodes } from './codes.ts'
import { positionAt, type Span } from './span.ts'

export interface ErrorDetails {
  /** Where in the query text, when the fault lies in one. */
  readonly span?: Span | undefined
  /** What to type instead. */
  readonly hint?: string | undefined
  readonly cause?: unknown
  /** More errors of the same text. */
  readonly others?: readonly TraillakeError[]
}

/**
 * The one error class. `code` decides message and kind; SQL errors carry Trino's name and text.
 *
 * `message` of an error with a place starts with `line L:C: `, as Trino's does; `reason` is the same without it.
 */
export class TraillakeError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'TraillakeError'
  readonly code: C
  readonly kind: ErrorKind
  /** What the message is made from: with `code` enough to make the error again, as on the other side of a thread. */
  readonly params: ErrorParams<C>
  /** The message without its place. */
  readonly reason: string
  readonly span: Span | undefined
  readonly hint: string | undefined
  /** From 1; undefined when the error has no place in a query text. */
  readonly line: number | undefined
  /** From 1, in code points; undefined when the error has no place in a query text. */
  readonly column: number | undefined
  /** The query text that `span` points into, once known. */
  readonly text: string | undefined
  /** More errors found in the same text, this one excluded. */
  readonly others: readonly TraillakeError[]

  constructor(code: C, params: ErrorParams<C>, details: ErrorDetails & { readonly text?: string | undefined } = {}) {
    const definition = errorCodes[code]
    const reason = (definition.message as (p: ErrorParams<C>) => string)(params)
    const position =
      details.span && details.text !== undefined ? positionAt(details.text, details.span.start) : undefined
    super(
      position ? `line ${position.line}:${position.column}: ${reason}` : reason,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.code = code
    this.kind = definition.kind
    this.reason = reason
    this.span = details.span
    this.hint = details.hint
    this.text = details.text
    this.line = position?.line
    this.column = position?.column
    this.params = params
    this.others = details.others ?? []
  }

  /** The same error with its place in `text`; itself when it has no span or knows its text already. */
  locate(text: string): TraillakeError<C> {
    if (!this.span || this.text !== undefined) return this
    const located = new TraillakeError(this.code, this.params, {
      span: this.span,
      hint: this.hint,
      cause: this.cause,
      others: this.others.map((other) => other.locate(text)),
      text,
    })
    if (this.stack) located.stack = this.stack.replace(this.message, located.message)
    return located
  }
}

/** True for a TraillakeError, of the given code when one is named. */
export function isTraillakeError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is TraillakeError<C> {
  return error instanceof TraillakeError && (code === undefined || error.code === code)
}
