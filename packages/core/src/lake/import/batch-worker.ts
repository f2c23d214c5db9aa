import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { type EngineInstance, openInstance } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { createRecordScanner, detachRecord, streamLogFile } from '../../events/index.ts'
import { digestOf, scanBatch } from './batch-scan.ts'
import { type BatchState, type FileState, fileResults, type Row } from './batch-state.ts'
import { createEventWriter, quarantineRow } from './batch-write.ts'
import { createBudget } from './budget.ts'
import { TextMemory } from './held-texts.ts'
import { eventIdOfRow } from './identities.ts'
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
  const isWanted = createRecordFilter(settings)
  const batches = new Map<number, BatchState>()
  const written = new WrittenBatches(readSource, createRecordScanner(settings.schema))
  const textMemory = new TextMemory()
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
      if (decision.stored.length > 0) await dropStored(state.identities, decision)
      dropClaimed(state, decision)
      for (const row of state.rows) {
        if (row.fate === 'conflicting' && row.batch) await quarantineRow(state.quarantine, row, 'conflicting')
      }
      if (settings.dryRun) return []
      const held = state.rows.filter((row) => row.batch && row.fate === 'kept')
      const staged = [...(await writer.write(held, state.quarantine))]
      for (const file of state.files) if (file.streamed) staged.push(...(await writeStream(file, state)))
      return staged
    } finally {
      release()
    }
  }

  /** Reads a large file once more and writes it stretch by stretch. */
  async function writeStream(file: FileState, state: BatchState): Promise<readonly StagedFile[]> {
    const rows = new Map<number, Row>()
    for (const row of state.rows) if (row.file === file) rows.set(row.record.index, row)
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
      const kept: Row[] = []
      const here: Row[] = []
      for (const record of stretch.records) {
        const row = rows.get(record.index)
        if (!row) continue
        row.batch = stretch
        row.record = record
        here.push(row)
        if (row.fate === 'kept') kept.push(row)
        else if (row.fate === 'conflicting') await quarantineRow(state.quarantine, row, 'conflicting')
      }
      staged.push(...(await writer.write(kept, state.quarantine)))
      for (const row of here) {
        row.batch = undefined
        row.record = detachRecord(stretch, row.record)
      }
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
        isWanted,
        heldBytes: settings.heldBytes,
        texts: textMemory.lease(),
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
    let last: Row | undefined
    for (const row of state.rows) {
      const { day } = row
      const { account } = row.record
      // Neighbours in a file mostly lie in one place.
      if (last && last.day === day && last.record.account === account) continue
      last = row
      const place = { account: settings.layout === 'date' ? null : accountPartition(account), date: day }
      places.set(`${place.account}\n${day}`, place)
    }
    return { hashes: state.identities.hashes(), neighbourhoods: [...places.values()] }
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
    batches.get(number)?.texts.release()
    batches.delete(number)
  }

  return {
    scan: (task) => track(() => scan(task)),
    write: (number, decision) => track(() => finish(number, decision)),
    async claims(number, hashes): Promise<readonly Claimed[] | undefined> {
      const state = batches.get(number)
      if (!state) return written.claims(number, hashes)
      const claimed: Claimed[] = []
      for (const row of state.identities.firsts(hashes)) {
        if (row.fate !== 'kept') continue
        claimed.push({
          eventId: eventIdOfRow(row)!,
          account: row.record.account,
          day: row.day,
          digest: row.file.form === undefined ? digestOf(row) : ANY_CONTENT,
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
function dropClaimed({ identities }: BatchState, { claimed, assumed }: Decision): void {
  const known = new Map<Row, ReadonlySet<string>>()
  for (const claim of claimed) {
    const row = identities.find(claim)
    // Of several that claim it the first does.
    if (row?.fate === 'kept' && !known.has(row)) known.set(row, new Set([claim.digest]))
  }
  judgeAgainst(known, identities.repeats)
  for (const row of identities.firsts(assumed)) if (row.fate === 'kept') row.fate = 'duplicate'
}
