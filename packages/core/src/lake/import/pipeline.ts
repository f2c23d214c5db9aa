import type { Snapshot, Table } from '../../table/index.ts'
import type { Counts } from '../types.ts'
import { checkBatch } from './accounting.ts'
import { createKnownHashes } from './known-hashes.ts'
import { neighbourFiles } from './neighbours.ts'
import type {
  BatchResult,
  BatchWorker,
  Claimed,
  Decision,
  Neighbourhood,
  ScanReport,
  SourceFile,
  StoredFile,
} from './protocol.ts'

/** A batch between being read and being committed. */
interface Flight {
  readonly number: number
  /** Fewer once others turn out to have imported some. */
  files: readonly SourceFile[]
  readonly worker: BatchWorker
  hashes: Float64Array
  /** The state of the table that was looked at for stored duplicates. */
  base: Snapshot | undefined
  committed: Promise<void>
  /** Keys of its data files, once it is committed. */
  keys: readonly string[]
  /** It is committed, and the table shows it. */
  isSettled: boolean
}

/** Hashes of event ids kept of batches that are committed: 96 MB. Beyond that their files are read for them. */
const MAX_KNOWN_HASHES = 4_000_000

export interface PipelineOptions {
  readonly workers: readonly BatchWorker[]
  readonly events: Table
  readonly dryRun: boolean
  /** Local paths of stored data files. */
  readonly localPaths: (keys: readonly string[]) => Promise<readonly string[]>
  /** Commits a batch's result, in the order of batches, and gives the keys of its data files. `redo`: it has to be made again. */
  readonly commit: (result: BatchResult, counts: Counts, base: Snapshot) => Promise<readonly string[] | 'redo'>
  /** Did other processes import one of these files, by the commits up to this state? */
  readonly isOvertaken: (files: readonly SourceFile[], base: Snapshot) => Promise<boolean>
  /** Of a batch that was overtaken: the files that are still to be imported. */
  readonly remaining: (files: readonly SourceFile[]) => Promise<readonly SourceFile[]>
  /** Ids of the source files whose events are stored already, as copies in another form. */
  readonly copies: () => ReadonlySet<string>
  /** Throws once the import is to stop. */
  readonly checkStopped: () => void
}

/**
 * Runs batches over workers. They are read and written side by side, but decided and committed in their order, so that an
 * import by one process always gives the same lake: of two deliveries of an event the one in the earlier
 * batch stays: that with the smaller key, or in the `date` layout with the earlier day in its key.
 *
 * A batch is decided once all before it are: its identities are then compared with what is stored and with what earlier
 * batches hold that are not committed yet. At most two batches a worker are under way, which bounds memory and staged bytes.
 * The first failure stops everything; what was committed by then stays.
 */
export async function runPipeline(batches: Iterator<readonly SourceFile[]>, options: PipelineOptions): Promise<void> {
  const { workers, events, dryRun } = options
  /** Batches that are decided, in order. */
  const decided = createKnownHashes<Flight>()
  /** Every batch that is decided is among them. */
  let knowsAll = true
  /** Keys of the data files that this import wrote. */
  const ownKeys = new Set<string>()
  const waiting: (() => void)[] = []
  let count = 0
  let underWay = 0
  let lastDecided: Promise<unknown> = Promise.resolve()
  let lastCommitted: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined

  const wakeAll = () => {
    for (const wake of waiting.splice(0)) wake()
  }
  const fail = (error: unknown) => {
    failure ??= { error }
    wakeAll()
  }
  const check = () => {
    if (failure) throw failure.error
    options.checkStopped()
  }

  /** @param suspected keys of the files of this import that may hold an event of the batch; undefined when any may */
  async function storedFiles(
    snapshot: Snapshot,
    places: readonly Neighbourhood[],
    suspected?: ReadonlySet<string>,
  ): Promise<readonly StoredFile[]> {
    const files = neighbourFiles(snapshot, places).filter(
      ({ key }) => !suspected || !ownKeys.has(key) || suspected.has(key),
    )
    const paths = await options.localPaths(files.map((file) => file.key))
    return files.map(({ key, partitionValues }, i) => ({
      path: paths[i]!,
      date: partitionValues.date ?? null,
      isOwn: suspected?.has(key) ?? false,
    }))
  }

  /** Adds a batch to the decided ones and forgets old ones when there are too many hashes. */
  function remember(flight: Flight): void {
    decided.add(flight)
    if (decided.count <= MAX_KNOWN_HASHES) return
    decided.keep((one) => {
      if (one.isSettled) knowsAll = false
      return !one.isSettled
    })
  }

  function knownCopies(): Pick<Decision, 'copies'> {
    const copies = options.copies()
    return copies.size === 0 ? {} : { copies }
  }

  async function rescan(flight: Flight): Promise<ScanReport> {
    flight.files = await options.remaining(flight.files)
    return flight.worker.scan({ number: flight.number, files: flight.files })
  }

  async function decide(flight: Flight, scanned: ScanReport): Promise<Decision> {
    let report = scanned
    flight.hashes = report.hashes
    const sharing = decided.find(flight.hashes)
    remember(flight)
    const suspects = new Set<number>()
    /** Whose data files may hold them. */
    const suspected: Flight[] = []
    const claimed: Claimed[] = []
    const assumed = new Set<number>()
    for (const [owner, hashes] of sharing) {
      const shared = hashes.filter((hash) => !assumed.has(hash))
      if (shared.length === 0) continue
      const contents = await owner.worker.claims(owner.number, Float64Array.from(shared))
      if (contents) claimed.push(...contents)
      else if (dryRun) for (const hash of shared) assumed.add(hash)
      else {
        // Once it is committed the table shows it.
        await owner.committed
        for (const hash of shared) suspects.add(hash)
        suspected.push(owner)
      }
    }
    flight.base = await events.refresh()
    if (await options.isOvertaken(flight.files, flight.base)) report = await rescan(flight)
    const suspectedKeys = knowsAll ? new Set(suspected.flatMap(({ keys }) => keys)) : undefined
    const stored = await storedFiles(flight.base, report.neighbourhoods, suspectedKeys)
    return {
      stored,
      suspects: Float64Array.from(suspects),
      claimed,
      ...knownCopies(),
      assumed: Float64Array.from(assumed),
    }
  }

  async function settle(flight: Flight, written: BatchResult): Promise<void> {
    for (let result = written; ; ) {
      check()
      const counts = checkBatch(result, { dryRun })
      const committed = await options.commit(result, counts, flight.base!)
      if (committed !== 'redo') {
        flight.keys = committed
        for (const key of committed) ownKeys.add(key)
        break
      }
      // Others were faster with one of its files or events: look again at what is left of it.
      flight.base = await events.refresh()
      const report = await rescan(flight)
      const stored = await storedFiles(flight.base, report.neighbourhoods)
      result = await flight.worker.write(flight.number, {
        stored,
        claimed: [],
        ...knownCopies(),
        assumed: new Float64Array(),
      })
    }
    // A dry run commits nothing: what it read is known by its hashes, to the end.
    flight.isSettled = !dryRun
  }

  /** Starts a batch; settles when its worker is done with it. */
  function start(files: readonly SourceFile[], worker: BatchWorker): Promise<unknown> {
    const flight: Flight = {
      number: count++,
      files,
      worker,
      hashes: new Float64Array(),
      base: undefined,
      committed: Promise.resolve(),
      keys: [],
      isSettled: false,
    }
    const [decidedBefore, committedBefore] = [lastDecided, lastCommitted]
    const scanned = worker.scan({ number: flight.number, files })
    const decision = (async () => {
      const report = await scanned
      await decidedBefore
      check()
      return decide(flight, report)
    })()
    const written = decision.then((made) => worker.write(flight.number, made))
    flight.committed = (async () => {
      const result = await written
      await committedBefore
      await settle(flight, result)
    })().finally(() => {
      underWay -= 1
      wakeAll()
    })
    lastDecided = decision
    lastCommitted = flight.committed
    for (const part of [scanned, decision, written, flight.committed]) part.catch(fail)
    return written
  }

  async function runWorker(worker: BatchWorker): Promise<void> {
    for (;;) {
      check()
      if (underWay >= workers.length * 2) {
        await new Promise<void>((wake) => waiting.push(wake))
        continue
      }
      const next = batches.next()
      if (next.done) return
      underWay += 1
      await start(next.value, worker)
    }
  }

  // One batch of a worker is read while the other is decided.
  const runs = await Promise.allSettled([...workers, ...workers].map(runWorker))
  await lastCommitted.catch(fail)
  for (const run of runs) if (run.status === 'rejected') fail(run.reason)
  if (failure) throw failure.error
}
