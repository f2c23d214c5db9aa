import {
  INCOMPLETE,
  MALFORMED,
  skipByteOrderMark,
  skipKey,
  skipString,
  skipValue,
  skipWhiteSpace,
} from './json-bytes.ts'
import type { Failed, SkipKind, Skipped } from './outcome.ts'

/** What the grammar of a document `{"Records":[…]}` expects next. */
const Expect = {
  document: 0,
  firstMember: 1,
  member: 2,
  afterMember: 3,
  firstEntry: 4,
  entry: 5,
  afterEntry: 6,
} as const

/**
 * Walks the documents of one log file, as a whole or window by window.
 *
 * A log file holds one object with the member `Records`, an array. Files that were joined hold several such objects one after
 * the other: their records count on. Brackets and separators are checked everywhere; what lies inside an entry is the
 * reader of entries' to judge.
 */
export interface DocumentWalker {
  /** Entries read so far. */
  readonly entries: number
  /**
   * Goes on at `p` as far as complete tokens reach.
   *
   * @param readEntry the position after the entry at `p`, INCOMPLETE or MALFORMED
   * @returns the position to go on from when more of the text has come, or what is wrong with the file
   */
  walk(raw: Buffer, p: number, readEntry: (p: number, index: number) => number): number | Failed
  /** What the file is, after its whole text was walked up to the last byte: undefined for a log file. */
  finish(complete: boolean): Failed | Skipped | undefined
  /** What the file is as far as walked, when it is recognisably no log file. */
  recognise(): Skipped | undefined
}

export function createDocumentWalker(): DocumentWalker {
  let state: number = Expect.document
  let offset = 0
  let documents = 0
  let index = 0
  let hasRecords = false
  /** Has the document at hand the member `Records`? */
  let isLog = false
  /** A document beside those with records that has none: what it holds would be lost. */
  let hasOthers = false
  let foreign: Failed | Skipped | undefined
  const keys = new Set<string>()

  const malformed = (raw: Buffer, p: number): Failed => ({
    outcome: 'failed',
    code: 'MALFORMED_JSON',
    reason: p >= raw.length ? 'the JSON text ends early' : `broken JSON at byte ${offset + p}`,
  })

  /** The position after the member that starts at `p`, or inside the array when it is `Records`. */
  function readMember(raw: Buffer, p: number): number {
    const value = skipKey(raw, p, raw.length)
    if (value < 0) return value
    const key = raw.toString('utf8', p + 1, Math.min(skipString(raw, p, value) - 1, p + 64))
    if (key === 'Records' && raw[value] === 91) {
      hasRecords = true
      isLog = true
      state = Expect.firstEntry
      return value + 1
    }
    if (keys.size < 64) keys.add(key)
    const end = skipValue(raw, value, raw.length)
    if (end >= 0) state = Expect.afterMember
    return end
  }

  return {
    get entries() {
      return index
    },
    walk(raw, from, readEntry) {
      if (foreign) return raw.length
      let p = from
      for (;;) {
        // A byte order mark belongs to no token; editors and joined files leave one before a document.
        if (state === Expect.document) p = skipByteOrderMark(raw, p)
        p = skipWhiteSpace(raw, p, raw.length)
        if (p >= raw.length) break
        const byte = raw[p]!
        if (state === Expect.document) {
          if (byte !== 123) {
            if (documents > 0) return malformed(raw, p)
            foreign = foreignText(raw, p)
            p = raw.length
            break
          }
          documents++
          isLog = false
          state = Expect.firstMember
          p++
        } else if (byte === 125 && (state === Expect.firstMember || state === Expect.afterMember)) {
          state = Expect.document
          if (!isLog) hasOthers = true
          p++
        } else if (byte === 44 && (state === Expect.afterMember || state === Expect.afterEntry)) {
          state = state === Expect.afterMember ? Expect.member : Expect.entry
          p++
        } else if (byte === 93 && (state === Expect.firstEntry || state === Expect.afterEntry)) {
          state = Expect.afterMember
          p++
        } else {
          let end: number
          if (state === Expect.firstMember || state === Expect.member) {
            end = byte === 34 ? readMember(raw, p) : MALFORMED
          } else if (state === Expect.firstEntry || state === Expect.entry) {
            end = readEntry(p, index)
            if (end >= 0) {
              index++
              state = Expect.afterEntry
            }
          } else end = MALFORMED
          if (end === MALFORMED) return malformed(raw, p)
          if (end === INCOMPLETE) break
          p = end
        }
      }
      offset += p
      return p
    },
    finish(complete) {
      if (foreign) return foreign
      if (documents === 0) return { outcome: 'skipped', kind: 'empty' }
      if (state !== Expect.document || !complete) {
        return { outcome: 'failed', code: 'MALFORMED_JSON', reason: 'the JSON text ends early' }
      }
      if (!hasRecords) return objectWithoutRecords(keys)
      return hasOthers ? OTHERS : undefined
    },
    recognise() {
      const kind = hasRecords ? undefined : kindOfKeys(keys)
      return kind === undefined ? undefined : { outcome: 'skipped', kind }
    },
  }
}

const OTHERS: Failed = {
  outcome: 'failed',
  code: 'UNSUPPORTED_SHAPE',
  reason: 'other objects beside {"Records":[…]}',
}

/** A text that does not begin as a JSON object. */
function foreignText(raw: Buffer, p: number): Failed | Skipped {
  if (raw[p] === 91)
    return {
      outcome: 'failed',
      code: 'UNSUPPORTED_SHAPE',
      reason: 'an array of what is no record, in the place of {"Records":[…]}',
    }
  const mark = raw.readUIntBE(0, Math.min(2, raw.length))
  if (mark === 0xfffe || mark === 0xfeff) return { outcome: 'failed', code: 'INVALID_UTF8', reason: 'UTF-16 text' }
  return { outcome: 'skipped', kind: 'not-a-log-file' }
}

function objectWithoutRecords(keys: ReadonlySet<string>): Failed | Skipped {
  const kind = kindOfKeys(keys)
  if (kind !== undefined) return { outcome: 'skipped', kind }
  return { outcome: 'skipped', kind: 'not-a-log-file' }
}

function kindOfKeys(keys: ReadonlySet<string>): SkipKind | undefined {
  if (keys.has('digestS3Object') || keys.has('digestEndTime')) return 'digest'
  if (keys.has('configurationItems') || keys.has('configSnapshotId')) return 'config'
  if (keys.has('hashSignature') && keys.has('queryCompleteTime')) return 'query-result'
  return undefined
}
