import type { Failed } from '../outcome.ts'
import { createCsvCutter } from './csv.ts'
import { createValueCutter } from './cut-values.ts'
import type { Form } from './form.ts'
import { cutLines } from './lines.ts'
import type { Emit } from './unwrap.ts'

/** Makes a log document, `{"Records":[…]}`, of a text of another form: an entry for each event that the text tells of. */
export interface Transcriber {
  /** Takes the next stretch of the text and gives the next one of the document. Every call but the last may give none. */
  push(text: Buffer, isLast: boolean): Buffer | Failed
}

/** A value or line beyond this fails the file with TOO_LARGE. */
const MAX_HELD_BYTES = 64 * 1024 * 1024

const OPEN = Buffer.from('{"Records":[')
const SEPARATOR = Buffer.from(',')
const CLOSE = Buffer.from(']}')

export function createTranscriber({ cut }: Form): Transcriber {
  const take = cut === 'lines' ? cutLines : cut === 'csv' ? createCsvCutter() : createValueCutter()
  let held: Buffer[] = []
  let heldBytes = 0
  /** How much is to be held before the next attempt: twice what the last one left, so that a long value is not gone through again and again. */
  let wanted = 0
  let isFirst = true

  return {
    push(piece, isLast) {
      held.push(piece)
      heldBytes += piece.length
      if (heldBytes < wanted && !isLast) return Buffer.alloc(0)
      const text = held.length === 1 ? piece : Buffer.concat(held)
      const out: Buffer[] = []
      const emit: Emit = (entry) => {
        out.push(isFirst ? OPEN : SEPARATOR, entry)
        isFirst = false
      }
      const end = take(text, isLast, emit)
      if (typeof end !== 'number') return end
      const rest = text.subarray(end)
      if (rest.length > MAX_HELD_BYTES) {
        return { outcome: 'failed', code: 'TOO_LARGE', reason: `a value is larger than ${MAX_HELD_BYTES} bytes` }
      }
      held = [rest]
      heldBytes = rest.length
      wanted = Math.min(rest.length * 2, MAX_HELD_BYTES + 1)
      if (isLast && rest.length > 0) {
        return { outcome: 'failed', code: 'MALFORMED_JSON', reason: 'the text ends within a value' }
      }
      if (isLast) out.push(...(isFirst ? [OPEN] : []), CLOSE)
      return Buffer.concat(out)
    },
  }
}
