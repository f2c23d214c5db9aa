/** Numbers of a record, and of `Facts` in `assembly/plain-reader.ts`. */
export const RECORD_WORDS = 12
/** Where they lie among its words; the first two are numbers of two words each. */
export const Word = {
  /** UTC milliseconds. */
  time: 0,
  /** `hashText` of the event id; NaN where it has none. */
  idHash: 2,
  start: 4,
  end: 5,
  idStart: 6,
  idEnd: 7,
  tape: 8,
  index: 9,
  place: 10,
  /** For whom the list is made: nothing here looks at it. */
  text: 11,
} as const

/** What records that lie side by side mostly have in common: values of the columns of these names, null where they are NULL. */
export interface Place {
  readonly account: string | null
  readonly region: string | null
  readonly category: string
}

/** What is no number of a record that is out of the ordinary. */
export interface OddParts {
  readonly eventId: string | null
  readonly typed: Buffer | null
  readonly compact: Buffer | null
}

/** The numbers of a record that is added. */
export interface RecordNumbers {
  readonly eventTimeMs: number
  readonly idHash: number
  readonly start: number
  readonly end: number
  readonly idStart: number
  readonly idEnd: number
  readonly tape: number
  readonly index: number
}

/**
 * Records as numbers in one piece of memory: hundreds of thousands of them are at hand at a time, which as objects would keep the
 * garbage collector busy.
 */
export class RecordList {
  count = 0
  words: Int32Array
  /** The same memory. */
  numbers: Float64Array
  readonly places: Place[] = []

  /** @param room for so many records at first */
  constructor(room: number) {
    this.words = new Int32Array(room * RECORD_WORDS)
    this.numbers = new Float64Array(this.words.buffer)
  }

  timeMs(record: number): number {
    return this.numbers[(record * RECORD_WORDS) >> 1]!
  }

  idHash(record: number): number {
    return this.numbers[(record * RECORD_WORDS + Word.idHash) >> 1]!
  }

  word(record: number, word: number): number {
    return this.words[record * RECORD_WORDS + word]!
  }

  placeOf(record: number): Place {
    return this.places[this.words[record * RECORD_WORDS + Word.place]!]!
  }

  clear(): void {
    this.count = 0
    this.places.length = 0
  }

  /** The number of a place, which most often is that of the last. */
  enterPlace({ account, region, category }: Place): number {
    const last = this.places.at(-1)
    if (last?.account !== account || last.region !== region || last.category !== category) {
      this.places.push({ account, region, category })
    }
    return this.places.length - 1
  }

  /** Adds so many records of these words. The numbers of their places are what they are there. */
  append(words: Int32Array, count: number): void {
    this.reserve(count)
    this.words.set(words.subarray(0, count * RECORD_WORDS), this.count * RECORD_WORDS)
    this.count += count
  }

  /** Of the records from `first` on keeps those that are wanted, by their position behind it. */
  keep(first: number, isWanted: (position: number) => boolean): void {
    let kept = first
    for (let record = first; record < this.count; record++) {
      if (!isWanted(record - first)) continue
      const from = record * RECORD_WORDS
      if (kept !== record) this.words.copyWithin(kept * RECORD_WORDS, from, from + RECORD_WORDS)
      kept++
    }
    this.count = kept
  }

  add(record: RecordNumbers, place: Place): void {
    this.reserve(1)
    const at = this.count++ * RECORD_WORDS
    const { words, numbers } = this
    numbers[at >> 1] = record.eventTimeMs
    numbers[(at + Word.idHash) >> 1] = record.idHash
    words[at + Word.start] = record.start
    words[at + Word.end] = record.end
    words[at + Word.idStart] = record.idStart
    words[at + Word.idEnd] = record.idEnd
    words[at + Word.tape] = record.tape
    words[at + Word.index] = record.index
    words[at + Word.place] = this.enterPlace(place)
  }

  private reserve(more: number): void {
    const needed = (this.count + more) * RECORD_WORDS
    if (needed <= this.words.length) return
    const words = new Int32Array(Math.max(needed, this.words.length * 2))
    words.set(this.words)
    this.words = words
    this.numbers = new Float64Array(words.buffer)
  }
}
