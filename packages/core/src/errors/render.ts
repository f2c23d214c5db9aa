import type { TraillakeError } from './traillake-error.ts'

/**
 * Renders an error for a terminal: message and code, the line of the query with a caret under the place, the hint.
 *
 * ```
 * line 2:8: Function 'json_extract_scaler' not registered [FUNCTION_NOT_FOUND]
 * 2 |        json_extract_scaler(requestParameters['policy'], '$.Version')
 *   |        ^^^^^^^^^^^^^^^^^^^
 * hint: did you mean json_extract_scalar?
 * ```
 */
export function renderError(error: TraillakeError): string {
  const out = [`${error.message} [${error.code}]`]
  if (error.text !== undefined && error.span && error.line !== undefined) {
    const { text, span } = error
    const lineStart = text.lastIndexOf('\n', span.start - 1) + 1
    const newline = text.indexOf('\n', span.start)
    const lineEnd = newline === -1 ? text.length : newline
    const gutter = String(error.line)
    // A tab before the place is repeated, so that the caret stays under it whatever a tab's width.
    const indent = text.slice(lineStart, span.start).replace(/[^\t]/gu, ' ')
    const width = Math.max(1, [...text.slice(span.start, Math.min(span.end, lineEnd))].length)
    out.push(
      `${gutter} | ${text.slice(lineStart, lineEnd)}`,
      `${' '.repeat(gutter.length)} | ${indent}${'^'.repeat(width)}`,
    )
  }
  if (error.hint) out.push(`hint: ${error.hint}`)
  return out.join('\n')
}
