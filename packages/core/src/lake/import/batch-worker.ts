import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { type EngineInstance, openInstance } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { createRecordScanner, streamLogFile, Word } from '../../events/index.ts'
import { BatchMemory } from './batch-memory.ts'
import { scanBatch } from './batch-scan.ts'
import { type BatchState, type FileState, fileResults } from './batch-state.ts'
import { createEventWriter, quarantineRow } from './batch-write.ts'
import { createBudget } from './budget.ts'
import { accountPartition } from './identity.ts'
import { ANY_CONTENT, judgeAgainst } from './known-contents.ts'
import type {
  BatchResult,
  BatchTask,
  BatchWorker,
  Claimed,
  Decision,
  ScanReport,
  SourceFile,
  StagedFile,
  WorkerSettings,
} from './protocol.ts'
import { createQuarantineWriter, discardQuarantine } from './quarantine-writer.ts'
import { createRecordFilter } from './record-filter.ts'
import { Fate } from './rows.ts'
import { createStoredLookup } from './stored-duplicates.ts'
import { WrittenBatches } from './written-batches.ts'

/**
 * Makes a worker with a DuckDB of its own, which is opened for the first thing that it alone can do.
 *
 * @param readSource the bytes of a source file, as they are stored
 */
export function createBatchWorker(
  settings: WorkerSettings,
  readSource: (file: SourceFile) => Promise<Buffer>,
): BatchWorker {
  const scanner = createRecordScanner(settings.schema)
  const filter = createRecordFilter(settings)
  const batches = new Map<number, BatchState>()
  const written = new WrittenBatches(readSource, scanner)
  const memory = new BatchMemory()
  /** Calls without an answer yet. */
  const pending = new Set<Promise<unknown>>()
  let isClosed = false
  let engine: Promise<EngineInstance> | undefined
  let connecting: Promise<DuckDBConnection> | undefined
  let connection: DuckDBConnection | undefined
  const writer = createEventWriter(connect, { ...settings, checkStopped })
  const dropStored = createStoredLookup(connect)
  /** A write fills this thread: another beside it would take as much memory again and no less time. */
  const writes = createBudget(1)
  /** The scanner reads one text at a time, so scans take turns. */
  let lastScan: Promise<unknown> = Promise.resolve()
  mkdirSync(settings.staging, { recursive: true })

  async function openConnection(): Promise<DuckDBConnection> {
    engine = openInstance({
      threads: 1,
      memoryBytes: settings.engineMemoryBytes,
      tempRoot: settings.scratch,
      settings: { preserve_insertion_order: true },
    })
    connection = await (await engine).connect()
    return connection
  }

  function connect(): Promise<DuckDBConnection> {
    connecting ??= openConnection()
    return connecting
  }

  function checkStopped(): void {
    if (isClosed) throw new TraillakeError('CANCELLED', { what: 'the work on a batch' })
  }

  /** Lets `close` wait for what is under way. */
  async function track<T>(work: () => Promise<T>): Promise<T> {
    checkStopped()
    const call = work()
    pending.add(call)
    try {
      return await call
    } finally {
      pending.delete(call)
    }
  }

  function batch(number: number): BatchState {
    const state = batches.get(number)
    if (!state)
      throw new TraillakeError('GENERIC_INTERNAL_ERROR', { message: `batch ${number} is not being worked on` })
    return state
  }

  async function write(state: BatchState, decision: Decision): Promise<readonly StagedFile[]> {
    const release = await writes.take(1)
    try {
      checkStopped()
      const { rows, identities } = state.memory
      if (decision.stored.length > 0) await dropStored(identities, decision)
      dropClaimed(state, decision)
      for (const row of rows.held(Fate.conflicting)) {
        await quarantineRow(state.quarantine, rows, row, Fate.conflicting)
      }
      if (settings.dryRun) return []
      const staged = [...(await writer.write(rows, rows.held(Fate.kept), state.quarantine))]
      for (const file of state.files) if (file.streamed) staged.push(...(await writeStream(file, state)))
      return staged
    } finally {
      release()
    }
  }

  /** Reads a large file once more and writes it stretch by stretch. */
  async function writeStream(file: FileState, state: BatchState): Promise<readonly StagedFile[]> {
    const { rows } = state.memory
    const rowsByIndex = new Map<number, number>()
    for (let row = 0; row < rows.count; row++) if (rows.file(row) === file) rowsByIndex.set(rows.index(row), row)
    const changed = () =>
      new TraillakeError('STORAGE_ERROR', {
        operation: 'read',
        key: file.file.uri,
        reason: 'it changed while it was being read',
      })
    const stream = await streamLogFile(await readSource(file.file), createRecordScanner(settings.schema), {
      checkStopped,
    })
    if (stream.outcome !== 'records' || stream.sha256 !== file.sha256) throw changed()
    const staged: StagedFile[] = []
    for await (const stretch of stream.batches()) {
      const here: number[] = []
      const positions: number[] = []
      for (let position = 0; position < stretch.list.count; position++) {
        const row = rowsByIndex.get(stretch.list.word(position, Word.index))
        if (row === undefined) continue
        here.push(row)
        positions.push(position)
      }
      rows.hold(here, file, stretch, positions)
      for (const row of here) {
        if (rows.fate(row) === Fate.conflicting) await quarantineRow(state.quarantine, rows, row, Fate.conflicting)
      }
      const kept = here.filter((row) => rows.fate(row) === Fate.kept)
      staged.push(...(await writer.write(rows, kept, state.quarantine)))
      rows.release(here, file)
    }
    return staged
  }

  async function scan(task: BatchTask): Promise<ScanReport> {
    const scanned = lastScan.then(() =>
      scanBatch(task, {
        scanner,
        readSource: (file) => {
          checkStopped()
          return readSource(file)
        },
        filter,
        heldBytes: settings.heldBytes,
        memory: memory.lease(),
        checkStopped,
        quarantine: settings.dryRun
          ? discardQuarantine
          : createQuarantineWriter(join(settings.staging, `${randomUUID()}.jsonl.gz`), settings.importId),
      }),
    )
    lastScan = scanned.catch(() => undefined)
    const state = await scanned
    forget(task.number)
    written.delete(task.number)
    batches.set(task.number, state)
    const places = new Map<string, { account: string | null; date: string }>()
    const { rows, identities } = state.memory
    for (const row of rows.changes()) {
      const account = settings.layout === 'date' ? null : accountPartition(rows.place(row).account)
      const place = { account, date: rows.day(row) }
      places.set(`${place.account}\n${place.date}`, place)
    }
    return { hashes: identities.hashes(), neighbourhoods: [...places.values()] }
  }

  async function finish(number: number, decision: Decision): Promise<BatchResult> {
    const state = batch(number)
    try {
      const staged = await write(state, decision)
      const quarantine = await state.quarantine.finish()
      written.add(state)
      return { files: fileResults(state), staged, ...(quarantine === undefined ? {} : { quarantine }) }
    } finally {
      forget(number)
    }
  }

  function forget(number: number): void {
    batches.get(number)?.memory.release()
    batches.delete(number)
  }

  return {
    scan: (task) => track(() => scan(task)),
    write: (number, decision) => track(() => finish(number, decision)),
    async claims(number, hashes): Promise<readonly Claimed[] | undefined> {
      const state = batches.get(number)
      if (!state) return written.claims(number, hashes)
      const { rows, identities } = state.memory
      const claimed: Claimed[] = []
      for (const row of identities.firsts(hashes)) {
        if (rows.fate(row) !== Fate.kept) continue
        claimed.push({
          eventId: rows.eventId(row)!,
          account: rows.place(row).account,
          day: rows.day(row),
          digest: rows.file(row).form === undefined ? rows.digest(row) : ANY_CONTENT,
        })
      }
      return claimed
    },
    async close() {
      isClosed = true
      connection?.interrupt()
      await Promise.allSettled(pending)
      for (const state of batches.values()) state.quarantine.abandon()
      batches.clear()
      connection?.closeSync()
      const opened = await engine?.catch(() => undefined)
      opened?.close()
    },
  }
}

/** Settles the fate of rows whose event an earlier batch keeps that is not committed yet. */
function dropClaimed({ memory: { rows, identities } }: BatchState, { claimed, assumed }: Decision): void {
  const known = new Map<number, ReadonlySet<string>>()
  for (const claim of claimed) {
    const row = identities.find(claim)
    // Of several that claim it the first does.
    if (row !== undefined && rows.fate(row) === Fate.kept && !known.has(row)) known.set(row, new Set([claim.digest]))
  }
  judgeAgainst(known, identities)
  for (const row of identities.firsts(assumed)) if (rows.fate(row) === Fate.kept) rows.setFate(row, Fate.duplicate)
}
