import { isUtf8 } from 'node:buffer'
import { type LayoutName, layouts } from '../schema/index.ts'
import { categoryOf } from './category.ts'
import { compactJson } from './compact.ts'
import type { EntryReader } from './document.ts'
import { parseEventTime } from './event-time.ts'
import { hashText } from './hash-text.ts'
import { toInsightForm } from './insight-form.ts'
import { skipValue } from './json-bytes.ts'
import { decodeString, isString } from './json-text.ts'
import { normalizeRecord, textOf } from './normalize.ts'
import { createPlainReader, Ended } from './plain.ts'
import { Found, NO_ID, NO_TAPE, type UnusableReason } from './record.ts'
import { type Place, RECORD_WORDS, Word } from './record-list.ts'
import { recordTree } from './record-tree.ts'
import { recordShape, Slot, slotKeys } from './shape.ts'

export interface ScannerOptions {
  /** Rewrites every record, also where its own bytes would serve. The rows are the same; it proves just that. */
  readonly normalizeAll?: boolean
}

/** Collects entries of `Records` by a scanner, as the document walker asks for them. */
export class Entries extends Found implements EntryReader {
  /** How many the last call read. */
  taken = 0
  private readonly scanner: RecordScanner

  /** @param room for so many records at first */
  constructor(scanner: RecordScanner, room?: number) {
    super(room)
    this.scanner = scanner
  }

  readEntries(p: number, index: number): number {
    const before = this.list.count + this.unusable.length
    const end = this.scanner.readEntries(p, index, this)
    this.taken = this.list.count + this.unusable.length - before
    return end
  }
}

/**
 * Finds records in JSON text and decides how each is typed. Keeps what it learns about keys: make one per thread and layout,
 * and reuse it. Nothing in it is asynchronous, so one text is done before the next begins.
 */
export interface RecordScanner {
  readonly layout: LayoutName
  /** Takes the text that the next calls of `readEntries` are about. */
  open(raw: Buffer): void
  /**
   * Reads the entry of `Records` that starts at `p`, and others that follow it, and adds them to `into`.
   *
   * @returns the position after the last; INCOMPLETE or MALFORMED, with nothing added, when the first has no end in the text
   */
  readEntries(p: number, index: number, into: Found): number
  /** The tape of the records read since `open`, up to the next: where their `tape` points. */
  tape(): Int32Array
}

export function createRecordScanner(layoutName: LayoutName, options: ScannerOptions = {}): RecordScanner {
  const layout = layouts[layoutName]
  const tree = recordTree(layoutName)
  const plain = createPlainReader(recordShape(layoutName, tree), recordShape(layoutName, tree, true))
  // A trail's Insights record has to become a flat one: none of them is plain.
  const tryPlain = layoutName !== 'insights' && options.normalizeAll !== true
  let raw: Buffer = Buffer.alloc(0)
  let validUtf8 = true
  /** Of the plain record read last. */
  let place: Place = { account: null, region: null, category: categoryOf(null, null, null) }

  function slotText(slot: number): string | null {
    const start = plain.slotStart(slot)
    const end = plain.slotEnd(slot)
    // Only null begins with an n.
    if (start === -1 || raw[start] === 110) return null
    return raw[start] === 34 ? stringText(raw, start, end) : raw.toString('latin1', start, end)
  }

  function readCategory(): string {
    const management = slotText(Slot.management)
    return categoryOf(slotText(Slot.category), slotText(Slot.type), management === null ? null : management === 'true')
  }

  /** Where the tape of a typed text begins. */
  function tapeOf(typed: Buffer): number {
    if (!tree) return NO_TAPE
    const start = plain.tapeLength()
    return plain.readTyped(typed) ? start : NO_TAPE
  }

  /** Adds the run that was read last, whose last record alone may be out of the ordinary. */
  function addRun(ended: number, { list, odd, unusable }: Found): void {
    const first = list.count
    list.append(plain.run(), plain.runCount())
    if (!tree) for (let i = first; i < list.count; i++) list.words[i * RECORD_WORDS + Word.tape] = NO_TAPE
    if (ended === 0) return
    const last = list.count - 1
    const at = last * RECORD_WORDS
    if (ended & Ended.place) {
      place = { account: slotText(Slot.account), region: slotText(Slot.region), category: readCategory() }
      list.words[at + Word.place] = list.enterPlace(place)
    }
    const index = list.word(last, Word.index)
    if (ended & Ended.time) {
      list.count--
      const [start, end] = [list.word(last, Word.start), list.word(last, Word.end)]
      unusable.push({ index, start, end, reason: 'no readable eventTime' })
      return
    }
    const eventId = ended & Ended.id ? slotText(Slot.id) : null
    if (eventId === null) return
    odd.set(index, { eventId, typed: null, compact: null })
    if (eventId !== '') list.numbers[(at + Word.idHash) >> 1] = hashText(eventId)
  }

  function addCareful(index: number, start: number, end: number, into: Found): void {
    const bytes = raw.subarray(start, end)
    const refuse = (reason: UnusableReason) => into.unusable.push({ index, start, end, reason })
    if (!validUtf8 && !isUtf8(bytes)) return void refuse('invalid UTF-8')
    const compact = compactJson(bytes)
    if (compact === undefined) return void refuse('malformed JSON')
    if (compact[0] !== 123) return void refuse('not an object')
    const source = compact.toString('utf8')
    const { text, values } = normalizeRecord(layoutName === 'insights' ? toInsightForm(source) : source, layout)
    const textAt = (slot: number): string | null => {
      const value = values.get(slotKeys[slot]!)
      return value === undefined || value === 'null' ? null : textOf(value)
    }
    const time = values.get('eventTime')
    const eventTimeMs = time !== undefined && isString(time) ? parseEventTime(decodeString(time)) : undefined
    if (eventTimeMs === undefined) return void refuse('no readable eventTime')
    const management = textAt(Slot.management)
    const typed = Buffer.from(text)
    into.add({
      index,
      start,
      end,
      eventTimeMs,
      idStart: NO_ID,
      idEnd: NO_ID,
      eventId: textAt(Slot.id),
      account: textAt(Slot.account),
      region: textAt(Slot.region),
      category: categoryOf(
        textAt(Slot.category),
        textAt(Slot.type),
        management === null ? null : management === 'true',
      ),
      typed,
      compact: compact === bytes ? null : compact,
      tape: tapeOf(typed),
    })
  }

  return {
    layout: layoutName,
    open(bytes) {
      raw = bytes
      // One look at the whole text is nearly free and spares a look at every record. A text that is part of a larger one
      // can end inside a character; no complete record reaches into that.
      validUtf8 = isUtf8(bytes.subarray(0, lastCharacterEnd(bytes)))
      plain.open(bytes)
    },
    readEntries(p, index, into) {
      if (tryPlain && validUtf8 && raw[p] === 123) {
        const end = plain.read(p, index, into.list.enterPlace(place))
        if (end !== -1) {
          addRun(plain.ended(), into)
          return end
        }
      }
      const end = skipValue(raw, p, raw.length)
      if (end >= 0) addCareful(index, p, end, into)
      return end
    },
    tape: () => plain.tape(),
  }
}

/** Where the last complete character of a UTF-8 text ends. */
function lastCharacterEnd(bytes: Buffer): number {
  for (let i = bytes.length - 1; i >= 0 && i >= bytes.length - 3; i--) {
    const byte = bytes[i]!
    if (byte < 128) break
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 0
    if (length > 0) return i + length > bytes.length ? i : bytes.length
  }
  return bytes.length
}

function stringText(raw: Buffer, start: number, end: number): string {
  if (!isAscii(raw, start, end)) return decodeString(raw.toString('utf8', start, end))
  return raw.toString('latin1', start + 1, end - 1)
}

/** Are these bytes ASCII without a backslash? */
function isAscii(raw: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (raw[i]! >= 128 || raw[i] === 92) return false
  return true
}
