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

/** Reads entries of `Records`. */
export interface EntryReader {
  /** The position after the entry at `p`, and others that follow it; INCOMPLETE or MALFORMED. */
  readEntries(p: number, index: number): number
  /** How many the last call read. */
  taken: number
}

/**
 * Walks the documents of one log file, as a whole or window by window.
 *
 * A log file holds one object with the member `Records`, an array. Files that were joined hold several such objects one after
 * the other: their records count on. Brackets and separators are checked everywhere; what lies inside an entry is the
 * reader of entries' to judge.
 *
 * A class, as all that is made once a file or batch and runs hot: V8 compiles functions anew that close over what has gone.
 */
export class DocumentWalker {
  /** Entries read so far. */
  entries = 0
  private state: number = Expect.document
  private offset = 0
  private documents = 0
  private hasRecords = false
  /** Has the document at hand the member `Records`? */
  private isLog = false
  /** A document beside those with records that has none: what it holds would be lost. */
  private hasOthers = false
  private foreign: Failed | Skipped | undefined
  private readonly keys = new Set<string>()

  /**
   * Goes on at `from` as far as complete tokens reach.
   *
   * @returns the position to go on from when more of the text has come, or what is wrong with the file
   */
  walk(raw: Buffer, from: number, reader: EntryReader): number | Failed {
    if (this.foreign) return raw.length
    let p = from
    for (;;) {
      const { state } = this
      // A byte order mark belongs to no token; editors and joined files leave one before a document.
      if (state === Expect.document) p = skipByteOrderMark(raw, p)
      p = skipWhiteSpace(raw, p, raw.length)
      if (p >= raw.length) break
      const byte = raw[p]!
      if (state === Expect.document) {
        if (byte !== 123) {
          if (this.documents > 0) return this.malformed(raw, p)
          this.foreign = foreignText(raw, p)
          p = raw.length
          break
        }
        this.documents++
        this.isLog = false
        this.state = Expect.firstMember
        p++
      } else if (byte === 125 && (state === Expect.firstMember || state === Expect.afterMember)) {
        this.state = Expect.document
        if (!this.isLog) this.hasOthers = true
        p++
      } else if (byte === 44 && (state === Expect.afterMember || state === Expect.afterEntry)) {
        this.state = state === Expect.afterMember ? Expect.member : Expect.entry
        p++
      } else if (byte === 93 && (state === Expect.firstEntry || state === Expect.afterEntry)) {
        this.state = Expect.afterMember
        p++
      } else {
        const end = this.readToken(raw, p, byte, reader)
        if (end === MALFORMED) return this.malformed(raw, p)
        if (end === INCOMPLETE) break
        p = end
      }
    }
    this.offset += p
    return p
  }

  /** What the file is, after its whole text was walked up to the last byte: undefined for a log file. */
  finish(complete: boolean): Failed | Skipped | undefined {
    if (this.foreign) return this.foreign
    if (this.documents === 0) return { outcome: 'skipped', kind: 'empty' }
    if (this.state !== Expect.document || !complete) {
      return { outcome: 'failed', code: 'MALFORMED_JSON', reason: 'the JSON text ends early' }
    }
    if (!this.hasRecords) return objectWithoutRecords(this.keys)
    return this.hasOthers ? OTHERS : undefined
  }

  /** What the file is as far as walked, when it is recognisably no log file. */
  recognise(): Skipped | undefined {
    const kind = this.hasRecords ? undefined : kindOfKeys(this.keys)
    return kind === undefined ? undefined : { outcome: 'skipped', kind }
  }

  /** The position after the member or entry that starts at `p`. */
  private readToken(raw: Buffer, p: number, byte: number, reader: EntryReader): number {
    if (this.state === Expect.firstMember || this.state === Expect.member) {
      return byte === 34 ? this.readMember(raw, p) : MALFORMED
    }
    if (this.state !== Expect.firstEntry && this.state !== Expect.entry) return MALFORMED
    const end = reader.readEntries(p, this.entries)
    if (end >= 0) {
      this.entries += reader.taken
      this.state = Expect.afterEntry
    }
    return end
  }

  /** The position after the member that starts at `p`, or inside the array when it is `Records`. */
  private readMember(raw: Buffer, p: number): number {
    const value = skipKey(raw, p, raw.length)
    if (value < 0) return value
    const key = raw.toString('utf8', p + 1, Math.min(skipString(raw, p, value) - 1, p + 64))
    if (key === 'Records' && raw[value] === 91) {
      this.hasRecords = true
      this.isLog = true
      this.state = Expect.firstEntry
      return value + 1
    }
    if (this.keys.size < 64) this.keys.add(key)
    const end = skipValue(raw, value, raw.length)
    if (end >= 0) this.state = Expect.afterMember
    return end
  }

  private malformed(raw: Buffer, p: number): Failed {
    const reason = p >= raw.length ? 'the JSON text ends early' : `broken JSON at byte ${this.offset + p}`
    return { outcome: 'failed', code: 'MALFORMED_JSON', reason }
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
