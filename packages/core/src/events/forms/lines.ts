import { isWhiteSpace, skipByteOrderMark } from '../json-bytes.ts'
import { cutValues } from './cut-values.ts'
import { asText, type Emit, unwrap } from './unwrap.ts'

/**
 * Takes the records of whole lines: JSON values, or messages that an export of CloudWatch Logs put a time before. A line that is
 * neither becomes an entry that is no record, and the next one is a line again.
 *
 * @returns the position after the last whole line
 */
export function cutLines(text: Buffer, isLast: boolean, emit: Emit): number {
  let start = 0
  while (start < text.length) {
    const newline = text.indexOf(10, start)
    if (newline === -1 && !isLast) break
    const end = newline === -1 ? text.length : newline
    cutLine(text.subarray(start, end), emit)
    start = newline === -1 ? end : newline + 1
  }
  return start
}

function cutLine(line: Buffer, emit: Emit): void {
  let [start, end] = [skipByteOrderMark(line, 0), line.length]
  while (start < end && isWhiteSpace(line[start])) start++
  while (end > start && isWhiteSpace(line[end - 1])) end--
  if (start === end) return
  const body = line.subarray(skipTimestamp(line, start), end)
  const values: Buffer[] = []
  if (body[0] === 123 && cutValues(body, values) === body.length) for (const value of values) unwrap(value, emit)
  else emit(asText(body))
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z /

/** The position after the time that an export of CloudWatch Logs writes before a message; `p` where there is none. */
export function skipTimestamp(text: Buffer, p: number): number {
  const byte = text[p]!
  if (byte < 48 || byte > 57) return p
  return p + (TIMESTAMP.exec(text.toString('latin1', p, p + 40))?.[0].length ?? 0)
}
