import { positionAt, renderError, type TraillakeError } from '@traillake/core/errors'

/** What is wrong with a file, and where; lines and columns from 1, columns in code points, the end exclusive. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly error: TraillakeError
}

/** An error of a text and all that were found with it, in reading order. */
export function problemsOf(file: string, error: TraillakeError): readonly Problem[] {
  return [error, ...error.others]
    .map((one): Problem => {
      const { line = 1, column = 1, span, text } = one
      const end = span && text !== undefined ? positionAt(text, Math.max(span.end, span.start)) : { line, column }
      return {
        ...{ file, line, column, endLine: end.line, endColumn: end.column, code: one.code, message: one.reason },
        ...(one.hint === undefined ? {} : { hint: one.hint }),
        error: one,
      }
    })
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

/** `file:line:column: message [CODE]`, the line with a caret under the place, the hint. */
export function problemText({ file, line, column, message, code, error }: Problem): string {
  const [, ...rest] = renderError(error).split('\n')
  // The message itself may have several lines.
  const shown = rest.slice(message.split('\n').length - 1)
  return [`${file}:${line}:${column}: ${message} [${code}]`, ...shown].join('\n')
}
