import {
  contentDigest,
  eventIdOf,
  eventJsonBytes,
  type Place,
  type RawRecord,
  RECORD_WORDS,
  type RecordBatch,
  RecordList,
  Word,
} from '../../events/index.ts'
import type { FileState } from './batch-state.ts'
import { DAY_MS, utcDay } from './identity.ts'

/** What becomes of a record that is a candidate for a row. */
export const Fate = { kept: 0, duplicate: 1, conflicting: 2, malformed: 3 } as const
export type Fate = (typeof Fate)[keyof typeof Fate]

/** What rows point into. */
interface Text {
  readonly file: FileState
  /** Undefined while it is not at hand: a stretch of a stream. */
  readonly batch: RecordBatch | undefined
}

const FATES = Object.keys(Fate).length
const LEAST_ROOM = 1024

/**
 * The records of a batch that are candidates for rows, by number from 0 in the order of files and records. A batch holds tens of
 * thousands: they are no objects.
 */
export class Rows {
  private readonly list = new RecordList(LEAST_ROOM)
  private fates = new Uint8Array(LEAST_ROOM)
  private readonly texts: Text[] = []
  /** Of rows of streams always, of others once asked for. */
  private readonly digests = new Map<number, string>()
  /** Of rows of streams. */
  private readonly eventIds = new Map<number, string | null>()

  get count(): number {
    return this.list.count
  }

  /** Forgets all rows. */
  clear(): void {
    this.fates.fill(Fate.kept)
    this.list.clear()
    this.texts.length = 0
    this.digests.clear()
    this.eventIds.clear()
  }

  /**
   * Adds the records of a batch.
   *
   * @param isHeld its text stays until the rows are written; else what is needed of it is taken now
   * @param isWanted which records, by their position; all of them where it is not given
   */
  add(file: FileState, batch: RecordBatch, isHeld: boolean, isWanted?: (position: number) => boolean): void {
    const { list } = this
    const text = this.texts.push({ file, batch: isHeld ? batch : undefined }) - 1
    const places = batch.list.places.map((place) => list.enterPlace(place))
    const first = list.count
    list.append(batch.list.words, batch.list.count)
    if (isWanted) list.keep(first, isWanted)
    if (list.count > this.fates.length) {
      const fates = new Uint8Array(list.count * 2)
      fates.set(this.fates)
      this.fates = fates
    }
    settle(list.words, first, list.count, text, places)
    if (!isHeld) this.detach(first, batch)
  }

  /** Takes what is needed of a text that goes, of the rows from `first` on. */
  private detach(first: number, batch: RecordBatch): void {
    for (let row = first; row < this.count; row++) {
      const record = batch.recordOf(this.list, row)
      this.eventIds.set(row, eventIdOf(batch, record))
      this.digests.set(row, contentDigest(batch, record))
    }
  }

  /** Makes the records of rows of a stream be at hand: the stretch that they lie in, and at which positions, in ascending order. */
  hold(rows: readonly number[], file: FileState, batch: RecordBatch, positions: readonly number[]): void {
    const { list } = this
    const text = this.texts.push({ file, batch }) - 1
    const places = batch.list.places.map((place) => list.enterPlace(place))
    for (const [i, row] of rows.entries()) {
      const from = positions[i]! * RECORD_WORDS
      list.words.set(batch.list.words.subarray(from, from + RECORD_WORDS), row * RECORD_WORDS)
      settle(list.words, row, row + 1, text, places)
    }
  }

  /** The stretch is gone. */
  release(rows: readonly number[], file: FileState): void {
    const text = this.texts.push({ file, batch: undefined }) - 1
    for (const row of rows) this.list.words[row * RECORD_WORDS + Word.text] = text
  }

  /** Equal for rows of one text. */
  text(row: number): number {
    return this.list.word(row, Word.text)
  }

  file(row: number): FileState {
    return this.texts[this.text(row)]!.file
  }

  /** What the record points into; undefined for a record of a stream while its stretch is not being read. */
  batch(row: number): RecordBatch | undefined {
    return this.texts[this.text(row)]!.batch
  }

  /** UTC milliseconds. */
  timeMs(row: number): number {
    return this.list.timeMs(row)
  }

  /** Days since 1970-01-01. */
  dayNumber(row: number): number {
    return Math.floor(this.list.timeMs(row) / DAY_MS)
  }

  /** UTC day of the event. */
  day(row: number): string {
    return utcDay(this.list.timeMs(row))
  }

  /** Equal for rows that have a place in common; those of one place may have several. */
  placeNumber(row: number): number {
    return this.list.word(row, Word.place)
  }

  place(row: number): Place {
    return this.list.placeOf(row)
  }

  /** Of all rows, RECORD_WORDS each: `Word` says where what is. */
  get words(): Int32Array {
    return this.list.words
  }

  /** The same memory. */
  get numbers(): Float64Array {
    return this.list.numbers
  }

  /** `hashText` of its event id; NaN when it has none. */
  idHash(row: number): number {
    return this.list.idHash(row)
  }

  start(row: number): number {
    return this.list.word(row, Word.start)
  }

  end(row: number): number {
    return this.list.word(row, Word.end)
  }

  tape(row: number): number {
    return this.list.word(row, Word.tape)
  }

  /** Position in `Records`. */
  index(row: number): number {
    return this.list.word(row, Word.index)
  }

  /** Does it have texts of its own, beside its file's? */
  isRewritten(row: number): boolean {
    return this.batch(row)!.isRewritten(this.index(row))
  }

  /** Its record, whose text is at hand. */
  record(row: number): RawRecord {
    return this.batch(row)!.recordOf(this.list, row)
  }

  eventId(row: number): string | null {
    const detached = this.eventIds.get(row)
    return detached === undefined ? eventIdOf(this.batch(row), this.record(row)) : detached
  }

  /** Hex SHA-256 of `eventjson`. */
  digest(row: number): string {
    const known = this.digests.get(row)
    if (known !== undefined) return known
    const digest = contentDigest(this.batch(row)!, this.record(row))
    this.digests.set(row, digest)
    return digest
  }

  /** Do two rows say the same? A copy in another form says what any other delivery does. */
  isSameContent(a: number, b: number): boolean {
    if (this.file(a).form !== undefined || this.file(b).form !== undefined) return true
    const [first, second] = [this.batch(a), this.batch(b)]
    if (!first || !second) return this.digest(a) === this.digest(b)
    return eventJsonBytes(first, this.record(a)).equals(eventJsonBytes(second, this.record(b)))
  }

  /** Rows that lie in another place or day than the row before, the first among them. */
  changes(): readonly number[] {
    const changed: number[] = []
    let place = -1
    let day = Number.NaN
    for (let row = 0; row < this.count; row++) {
      const rowPlace = this.placeNumber(row)
      const rowDay = this.dayNumber(row)
      if (rowPlace === place && rowDay === day) continue
      changed.push(row)
      place = rowPlace
      day = rowDay
    }
    return changed
  }

  /** How many rows of a file have each fate, by `Fate`. */
  fatesOf(): ReadonlyMap<FileState, readonly number[]> {
    const counts = this.fatesByText()
    const byFile = new Map<FileState, number[]>()
    this.texts.forEach(({ file }, text) => {
      const known = byFile.get(file) ?? new Array<number>(FATES).fill(0)
      byFile.set(
        file,
        known.map((count, fate) => count + counts[text * FATES + fate]!),
      )
    })
    return byFile
  }

  private fatesByText(): Int32Array {
    const counts = new Int32Array(this.texts.length * FATES)
    for (let row = 0; row < this.count; row++) counts[this.text(row) * FATES + this.fates[row]!]! += 1
    return counts
  }

  /** Rows of a fate whose records are at hand. */
  held(fate: Fate): readonly number[] {
    const found: number[] = []
    for (let row = 0; row < this.count; row++) if (this.fates[row] === fate && this.batch(row)) found.push(row)
    return found
  }

  fate(row: number): Fate {
    return this.fates[row] as Fate
  }

  setFate(row: number, fate: Fate): void {
    this.fates[row] = fate
  }
}

/** Gives records from `first` to before `end` their text, and the numbers that their places have here. */
function settle(words: Int32Array, first: number, end: number, text: number, places: readonly number[]): void {
  for (let at = first * RECORD_WORDS; at < end * RECORD_WORDS; at += RECORD_WORDS) {
    words[at + Word.text] = text
    words[at + Word.place] = places[words[at + Word.place]!]!
  }
}
