import { isUtf8 } from 'node:buffer'
import { type LayoutName, layouts } from '../schema/index.ts'
import { categoryOf } from './category.ts'
import { compactJson } from './compact.ts'
import type { EntryReader } from './document.ts'
import { parseEventTime } from './event-time.ts'
import { toInsightForm } from './insight-form.ts'
import { skipValue } from './json-bytes.ts'
import { decodeString, isString } from './json-text.ts'
import { normalizeRecord, textOf } from './normalize.ts'
import { createPlainReader, Same } from './plain.ts'
import { NO_ID, NO_TAPE, type RawRecord, type UnusableReason, type UnusableRecord } from './record.ts'
import { recordTree } from './record-tree.ts'
import { recordShape, Slot, slotKeys } from './shape.ts'

export interface ScannerOptions {
  /** Rewrites every record, also where its own bytes would serve. The rows are the same; it proves just that. */
  readonly normalizeAll?: boolean
}

/** Where entries of `Records` are collected. */
export interface Found {
  readonly records: RawRecord[]
  readonly unusable: UnusableRecord[]
}

/** Where they are collected as a scanner's results as the document walker asks for them. */
export class Entries implements EntryReader, Found {
  readonly records: RawRecord[] = []
  readonly unusable: UnusableRecord[] = []
  private readonly scanner: RecordScanner

  constructor(scanner: RecordScanner) {
    this.scanner = scanner
  }

  readEntry(p: number, index: number): number {
    return this.scanner.readEntry(p, index, this)
  }
}

/**
 * Finds records in JSON text and decides how each is typed. Keeps what it learns about keys: make one per thread and layout,
 * and reuse it. Nothing in it is asynchronous, so one text is done before the next begins.
 */
export interface RecordScanner {
  readonly layout: LayoutName
  /** Takes the text that the next calls of `readEntry` are about. */
  open(raw: Buffer): void
  /**
   * Reads the entry of `Records` that starts at `p` and adds it to `into`.
   *
   * @returns the position after it; INCOMPLETE or MALFORMED, with nothing added, when it has no end in the text
   */
  readEntry(p: number, index: number, into: Found): number
  /** The tape of the records read since `open`: where their `tape` points. */
  takeTape(): Int32Array
}

export function createRecordScanner(layoutName: LayoutName, options: ScannerOptions = {}): RecordScanner {
  const layout = layouts[layoutName]
  const tree = recordTree(layoutName)
  const plain = createPlainReader(recordShape(layoutName, tree), recordShape(layoutName, tree, true))
  // A trail's Insights record has to become a flat one: none of them is plain.
  const tryPlain = layoutName !== 'insights' && options.normalizeAll !== true
  let raw: Buffer = Buffer.alloc(0)
  let validUtf8 = true
  /** Of the plain record read last: most have these in common with the one before. */
  let account: string | null = null
  let region: string | null = null
  let category = categoryOf(null, null, null)

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

  function addPlain(index: number, start: number, end: number, taped: number, into: Found): void {
    const sames = plain.sames()
    if ((sames & Same.account) === 0) account = slotText(Slot.account)
    if ((sames & Same.region) === 0) region = slotText(Slot.region)
    if ((sames & Same.category) === 0) category = readCategory()
    const eventTimeMs = plain.timeMs()
    if (Number.isNaN(eventTimeMs)) {
      into.unusable.push({ index, start, end, reason: 'no readable eventTime' })
      return
    }
    const idStart = plain.idStart()
    into.records.push({
      index,
      start,
      end,
      eventTimeMs,
      idStart,
      idEnd: plain.idEnd(),
      eventId: idStart === NO_ID ? slotText(Slot.id) : null,
      account,
      region,
      category,
      typed: null,
      compact: null,
      tape: tree ? taped : NO_TAPE,
    })
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
    into.records.push({
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
    readEntry(p, index, into) {
      if (tryPlain && validUtf8 && raw[p] === 123) {
        const taped = plain.tapeLength()
        const end = plain.read(p)
        if (end !== -1) {
          addPlain(index, p, end, taped, into)
          return end
        }
      }
      const end = skipValue(raw, p, raw.length)
      if (end >= 0) addCareful(index, p, end, into)
      return end
    },
    takeTape: () => plain.takeTape(),
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
