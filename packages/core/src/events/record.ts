import { hashText } from './hash-text.ts'
import { type OddParts, RecordList, Word } from './record-list.ts'

/** Why a record cannot become a row. Nothing about it is lost: its bytes go to quarantine with this reason. */
export type UnusableReason = 'no readable eventTime' | 'not an object' | 'malformed JSON' | 'invalid UTF-8'

/**
 * One record of a log file that can become a row: where its bytes lie and what import decides by, as an object.
 *
 * `start` and `end` are byte offsets into the `raw` of its batch.
 */
export interface RawRecord {
  /** Position in `Records`, from 0; entries that are unusable count too. */
  readonly index: number
  readonly start: number
  readonly end: number
  /** UTC milliseconds. */
  readonly eventTimeMs: number
  /** Where the value of `eventID` lies in `raw`, as it is; NO_ID when it had to be decoded. */
  readonly idStart: number
  readonly idEnd: number
  /** Its value where it was decoded, null where it is NULL: ask `eventIdOf`. */
  readonly eventId: string | null
  /** Values of the columns of these names; null where the column is NULL. */
  readonly account: string | null
  readonly region: string | null
  /** `eventCategory`, derived where the record lacks it (records before event version 1.07). */
  readonly category: string
  /** What the engine's JSON reader is given; null when the record's own bytes serve. */
  readonly typed: Buffer | null
  /** The record without white space outside strings; null when its own bytes have none. */
  readonly compact: Buffer | null
  /** Where its stretch of the batch's tape begins, with positions in `typed` or else in `raw`; NO_TAPE when it has none. */
  readonly tape: number
}

export const NO_TAPE = -1
export const NO_ID = -1

export interface UnusableRecord {
  readonly index: number
  readonly start: number
  readonly end: number
  readonly reason: UnusableReason
}

/** Entries of `Records`. */
interface Entered {
  readonly list: RecordList
  /** By position in `Records`. */
  readonly odd: ReadonlyMap<number, OddParts>
  readonly unusable: readonly UnusableRecord[]
}

/** Where the entries of `Records` are collected. */
export class Found implements Entered {
  readonly list: RecordList
  readonly odd = new Map<number, OddParts>()
  readonly unusable: UnusableRecord[] = []

  /** @param room for so many records at first */
  constructor(room = 0) {
    this.list = new RecordList(Math.max(room, LEAST_ROOM))
  }

  /** Adds a record of which more is known than numbers. */
  add(record: RawRecord): void {
    const { idStart, eventId, typed, compact } = record
    this.list.add({ ...record, idHash: idStart === NO_ID && eventId ? hashText(eventId) : Number.NaN }, record)
    this.odd.set(record.index, { eventId, typed, compact })
  }
}

const LEAST_ROOM = 16

/** Records of one log file, or of a stretch of a large one. `read = list.count + unusable.length`. */
export class RecordBatch {
  /** The UTF-8 text that offsets point into. Valid until the next batch of a stream is asked for. */
  readonly raw: Buffer
  readonly read: number
  readonly list: RecordList
  readonly unusable: readonly UnusableRecord[]
  /** Where the values of records lie: see `assembly/tape.ts`. Valid until the scanner that read them is given another text. */
  readonly tape: Int32Array
  /** By position in `Records`. */
  private readonly odd: ReadonlyMap<number, OddParts>

  constructor(raw: Buffer, tape: Int32Array, { list, odd, unusable }: Entered) {
    this.raw = raw
    this.tape = tape
    this.read = list.count + unusable.length
    this.list = list
    this.odd = odd
    this.unusable = unusable
  }

  /** The same records, whose text and tape are these copies. */
  movedTo(raw: Buffer, tape: Int32Array): RecordBatch {
    return new RecordBatch(raw, tape, { list: this.list, odd: this.odd, unusable: this.unusable })
  }

  /** May records have texts of their own? */
  get hasRewritten(): boolean {
    return this.odd.size > 0
  }

  /** Does the record at a position in `Records` have any? */
  isRewritten(index: number): boolean {
    const odd = this.odd.get(index)
    return odd !== undefined && (odd.typed !== null || odd.compact !== null)
  }

  /** A record of the list. */
  record(position: number): RawRecord {
    return this.recordOf(this.list, position)
  }

  /** A record of this batch that another list holds. */
  recordOf(list: RecordList, position: number): RawRecord {
    return rawRecord(list, position, this.odd.get(list.word(position, Word.index)))
  }

  /** All of them, as objects. */
  get records(): readonly RawRecord[] {
    return Array.from({ length: this.list.count }, (_, position) => this.record(position))
  }
}

/** The bytes for `from_json`: with the column list of `recordSql` they give the record's columns. */
export function typedBytes(batch: RecordBatch, record: RawRecord): Buffer {
  return record.typed ?? batch.raw.subarray(record.start, record.end)
}

/** The bytes of `eventjson`. */
export function eventJsonBytes(batch: RecordBatch, record: RawRecord): Buffer {
  return record.compact ?? batch.raw.subarray(record.start, record.end)
}

/** The bytes as delivered, for quarantine. */
export function sourceBytes(batch: RecordBatch, record: RawRecord | UnusableRecord): Buffer {
  return batch.raw.subarray(record.start, record.end)
}

/** A record of a list as an object. */
function rawRecord(list: RecordList, position: number, odd: OddParts | undefined): RawRecord {
  const { account, region, category } = list.placeOf(position)
  return {
    index: list.word(position, Word.index),
    start: list.word(position, Word.start),
    end: list.word(position, Word.end),
    eventTimeMs: list.timeMs(position),
    idStart: list.word(position, Word.idStart),
    idEnd: list.word(position, Word.idEnd),
    eventId: odd?.eventId ?? null,
    account,
    region,
    category,
    typed: odd?.typed ?? null,
    compact: odd?.compact ?? null,
    tape: list.word(position, Word.tape),
  }
}
