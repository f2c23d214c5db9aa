import { contentDigest, eventIdOf, type RecordBatch, type RecordScanner, readRecordsAt } from '../../events/index.ts'
import type { BatchState, FileState } from './batch-state.ts'
import { utcDay } from './identity.ts'
import type { Claimed, SourceFile } from './protocol.ts'

/** What a written batch keeps, in the order of its files. */
interface WrittenBatch {
  /** Of the hash of each event's id the lowest 32 bits. */
  readonly hashes: Int32Array
  /** Where its record begins in the text of its file. */
  readonly starts: Int32Array
  /** The files, each with the position behind its last event. */
  readonly files: readonly { readonly file: ReadableFile | undefined; readonly end: number }[]
}

/** A file that can be read again: where it lies, and the hex SHA-256 of its text. */
interface ReadableFile {
  readonly source: SourceFile
  readonly sha256: string
}

/** So many events are remembered at most: 16 MB. Beyond that the oldest batches are forgotten. */
const MOST_EVENTS = 2_000_000

/**
 * Remembers of batches that are written where each of their events came from. What is delivered once more is compared with its
 * first delivery, read again: that takes a hundredth of the time that the engine takes to look into data files.
 */
export class WrittenBatches {
  private readonly batches = new Map<number, WrittenBatch>()
  private readonly readSource: (file: SourceFile) => Promise<Buffer>
  private readonly scanner: RecordScanner
  private events = 0

  constructor(readSource: (file: SourceFile) => Promise<Buffer>, scanner: RecordScanner) {
    this.readSource = readSource
    this.scanner = scanner
  }

  /** Takes a batch whose fates are settled. */
  add({ number, memory: { rows, identities } }: BatchState): void {
    this.delete(number)
    const kept = identities.kept()
    const hashes = new Int32Array(kept.length)
    const starts = new Int32Array(kept.length)
    const files: { readonly file: ReadableFile | undefined; end: number }[] = []
    let last: FileState | undefined
    for (let i = 0; i < kept.length; i++) {
      const file = rows.file(kept[i]!)
      if (file !== last) files.push({ file: readable(file), end: i })
      last = file
      hashes[i] = rows.idHash(kept[i]!)
      starts[i] = rows.start(kept[i]!)
      files.at(-1)!.end = i + 1
    }
    this.batches.set(number, { hashes, starts, files })
    this.events += hashes.length
    for (const oldest of this.batches.keys()) {
      if (this.events <= MOST_EVENTS) break
      this.delete(oldest)
    }
  }

  delete(number: number): void {
    this.events -= this.batches.get(number)?.hashes.length ?? 0
    this.batches.delete(number)
  }

  /**
   * What a batch keeps behind some hashes.
   *
   * @returns undefined where that cannot be told: a file is no longer what it was, or cannot be read again
   */
  async claims(number: number, wanted: Float64Array): Promise<readonly Claimed[] | undefined> {
    const batch = this.batches.get(number)
    if (!batch) return undefined
    const claimed: Claimed[] = []
    for (const [file, starts] of placesOf(batch, wanted)) {
      const read = file && (await this.readAgain(file, starts))
      if (!read) return undefined
      for (const one of read) {
        if (!wanted.includes(one.list.idHash(0))) continue
        const record = one.record(0)
        claimed.push({
          eventId: eventIdOf(one, record)!,
          account: record.account,
          day: utcDay(record.eventTimeMs),
          digest: contentDigest(one, record),
        })
      }
    }
    return claimed
  }

  private async readAgain(
    { source, sha256 }: ReadableFile,
    starts: readonly number[],
  ): Promise<readonly RecordBatch[] | undefined> {
    const bytes = await this.readSource(source).catch(() => undefined)
    return bytes && readRecordsAt(bytes, starts, sha256, this.scanner)
  }
}

/** What was fetched lies nowhere any more; records of another form begin elsewhere than in the file. */
function readable({ file, form, streamed, sha256 }: FileState): ReadableFile | undefined {
  if (form !== undefined || streamed || file.fetched || sha256 === undefined) return undefined
  return { source: file, sha256 }
}

/** By file where events begin that may be behind the hashes. */
function placesOf(
  { hashes, starts, files }: WrittenBatch,
  wanted: Float64Array,
): Map<ReadableFile | undefined, number[]> {
  const places = new Map<ReadableFile | undefined, number[]>()
  for (const hash of wanted) {
    for (let at = hashes.indexOf(hash | 0); at !== -1; at = hashes.indexOf(hash | 0, at + 1)) {
      const { file } = files.find(({ end }) => at < end)!
      const others = places.get(file)
      if (others) others.push(starts[at]!)
      else places.set(file, [starts[at]!])
    }
  }
  return places
}
