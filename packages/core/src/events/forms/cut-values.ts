import { INCOMPLETE, MALFORMED, skipByteOrderMark, skipKey, skipValue, skipWhiteSpace } from '../json-bytes.ts'
import type { Failed } from '../outcome.ts'
import { type Emit, unwrap } from './unwrap.ts'

/** Cuts JSON values that follow one another. @returns the position after the last whole one, MALFORMED for what is none */
export function cutValues(text: Buffer, into: Buffer[]): number {
  let p = skipWhiteSpace(text, 0, text.length)
  while (p < text.length) {
    const end = skipValue(text, p, text.length)
    if (end === INCOMPLETE) break
    if (end === MALFORMED) return MALFORMED
    into.push(text.subarray(p, end))
    p = skipWhiteSpace(text, end, text.length)
  }
  return p
}

/** Where in a text of values the cutter stands. */
const At = {
  /** Before a value, an array of values, or the end. */
  top: 0,
  firstElement: 1,
  element: 2,
  afterElement: 3,
  /** Behind the list that an object begins with. */
  afterList: 4,
  member: 5,
} as const

/** How an answer begins whose list may be too long to be held: the rest of it is cut element by element. */
const LIST = /^\{\s*"(?:Events|events)"\s*:\s*\[/
const LIST_BYTES = 256

/**
 * Takes the records of a text of JSON values, stretch by stretch: of objects one after the other, of arrays of them, and of
 * answers, of whose list only the element at hand is held.
 */
export function createValueCutter(): (text: Buffer, isLast: boolean, emit: Emit) => number | Failed {
  let at: number = At.top
  let inObject = false
  let offset = 0

  return (text, isLast, emit) => {
    let p = 0
    for (;;) {
      if (at === At.top) p = skipByteOrderMark(text, p)
      p = skipWhiteSpace(text, p, text.length)
      if (p >= text.length) break
      const byte = text[p]!
      let end = MALFORMED
      if (at === At.top && byte === 91) {
        inObject = false
        at = At.firstElement
        end = p + 1
      } else if (at === At.top && byte === 123) {
        if (text.length - p < LIST_BYTES && !isLast) break
        const list = LIST.exec(text.toString('latin1', p, p + LIST_BYTES))
        if (list) {
          inObject = true
          at = At.firstElement
          end = p + list[0].length
        } else end = takeValue(text, p, emit)
      } else if (byte === 93 && (at === At.firstElement || at === At.afterElement)) {
        at = inObject ? At.afterList : At.top
        end = p + 1
      } else if (at === At.firstElement || at === At.element) {
        end = takeValue(text, p, emit)
        if (end >= 0) at = At.afterElement
      } else if (byte === 44 && (at === At.afterElement || at === At.afterList)) {
        at = at === At.afterElement ? At.element : At.member
        end = p + 1
      } else if (byte === 125 && at === At.afterList) {
        at = At.top
        end = p + 1
      } else if (byte === 34 && at === At.member) {
        end = skipMember(text, p)
        if (end >= 0) at = At.afterList
      }
      if (end === MALFORMED) return malformed(`broken JSON at byte ${offset + p}`)
      if (end === INCOMPLETE) break
      p = end
    }
    if (isLast && (p < text.length || at !== At.top)) return malformed('the JSON text ends early')
    offset += p
    return p
  }
}

function takeValue(text: Buffer, p: number, emit: Emit): number {
  const end = skipValue(text, p, text.length)
  if (end >= 0) unwrap(text.subarray(p, end), emit)
  return end
}

function skipMember(text: Buffer, p: number): number {
  const value = skipKey(text, p, text.length)
  return value < 0 ? value : skipValue(text, value, text.length)
}

const malformed = (reason: string): Failed => ({ outcome: 'failed', code: 'MALFORMED_JSON', reason })
