import { randomUUID } from 'node:crypto'
import type { ImportOptions, ImportProgress, ImportReport, Lake } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import type { Place } from '../buckets.ts'
import type { Lease } from '../lease.ts'
import type { Span } from '../tracing/span.ts'
import { traceBatches } from '../tracing/trace-import.ts'
import { codeOf } from '../tracing/trace-query.ts'
import {
  type ImportFailure,
  type ImportRecord,
  type ImportStatistics,
  isImportOver,
  NOTHING_YET,
} from './import-record.ts'
import { listFailures } from './list-failures.ts'
import { createTally } from './tally.ts'

export interface ImportRequest {
  readonly store: { readonly id: string; readonly arn: string }
  readonly source: ImportRecord['source']
  /** What the source means. */
  readonly place: Place
  readonly from?: Date
  readonly to?: Date
  /** Of the request. */
  readonly span: Span
}

/** Imports that run in the background of a server, one at a time in the whole lake. */
export interface ImportService {
  /** Undefined while another one runs. */
  start(request: ImportRequest): Promise<ImportRecord | undefined>
  /** Runs one again that failed or was stopped: files that were read are not read again. Undefined while one runs. */
  retry(record: ImportRecord, place: Place, span: Span): Promise<ImportRecord | undefined>
  read(id: string): Promise<ImportRecord | undefined>
  /** Newest first. */
  list(): Promise<readonly ImportRecord[]>
  /** Stops one after what is under way; undefined when there is none. One that is over stays as it is. */
  stop(id: string): Promise<ImportRecord | undefined>
  close(): Promise<void>
}

const KIND = 'imports'
/** The document that makes sure that one import runs at a time. */
const TURN = 'import-turn'
const NOTE_EVERY_MS = 1000

export function createImportService(lake: Lake, lease: Lease, now: () => Date): ImportService {
  const active = new Map<string, { readonly controller: AbortController; readonly work: Promise<void> }>()

  lease.onRenew(() => {
    for (const [id, { controller }] of active) {
      read(id).then(
        (record) => record?.status === 'STOPPED' && controller.abort(),
        () => undefined,
      )
    }
  })

  async function read(id: string): Promise<ImportRecord | undefined> {
    const record = (await lake.documents.read<ImportRecord>(KIND, id))?.value
    if (record === undefined || isImportOver(record) || (await lease.isAlive(record.server))) return record
    return change(id, (current) => withFailure({ ...current, status: 'FAILED' }, abandoned))
  }

  const abandoned = {
    type: 'ServerStopped',
    message: 'the server that ran the import stopped: start it again by its id',
  }

  function withFailure(record: ImportRecord, { type, message }: Pick<ImportFailure, 'type' | 'message'>): ImportRecord {
    const failure = { location: record.source.uri, type, message, at: now().toISOString() }
    return { ...record, failures: [...record.failures, failure] }
  }

  /** Changes a record unless it is over. */
  async function change(id: string, next: (record: ImportRecord) => ImportRecord): Promise<ImportRecord | undefined> {
    const written = await lake.documents.update<ImportRecord>(KIND, id, (current) =>
      current === undefined || isImportOver(current) ? undefined : { ...next(current), updatedAt: now().toISOString() },
    )
    return written?.value
  }

  /** Takes the turn of the lake, unless an import that is alive has it. */
  async function takeTurn(id: string): Promise<boolean> {
    for (;;) {
      const holder = (await lake.documents.read<string>(TURN, 'holder'))?.value
      const other = holder === undefined ? undefined : await read(holder)
      if (other && other.id !== id && !isImportOver(other)) return false
      const written = await lake.documents.update<string>(TURN, 'holder', (current) =>
        current === holder ? id : undefined,
      )
      if (written?.value === id) {
        await lake.documents.trim(TURN, 'holder')
        return true
      }
    }
  }

  async function begin(record: ImportRecord, place: Place, span: Span): Promise<ImportRecord | undefined> {
    // One that was stopped may still be at its last batch.
    await active.get(record.id)?.work
    await lease.hold()
    let before: ImportRecord | undefined
    try {
      // The record is there before the turn is taken: whoever sees the turn sees that it is in use.
      let isFree = true
      await lake.documents.update<ImportRecord>(KIND, record.id, (current) => {
        before = current
        isFree = current === undefined || isImportOver(current)
        return isFree ? record : undefined
      })
      if (!isFree || !(await takeTurn(record.id))) {
        if (isFree && before) await lake.documents.update<ImportRecord>(KIND, record.id, () => before)
        else if (isFree) await lake.documents.remove(KIND, record.id)
        lease.release()
        return undefined
      }
    } catch (error) {
      lease.release()
      throw error
    }
    const controller = new AbortController()
    const work = run(record, place, span.begin('import'), controller.signal)
      .catch((error: Error) => {
        process.emitWarning(`what came of import ${record.id} could not be kept: ${error.message}`)
      })
      .finally(() => {
        active.delete(record.id)
        lease.release()
      })
    active.set(record.id, { controller, work })
    return record
  }

  async function run(record: ImportRecord, place: Place, span: Span, signal: AbortSignal): Promise<void> {
    const { id } = record
    const tally = createTally()
    const trace = traceBatches(span)
    span.set({ 'traillake.import_id': id })
    let noted = 0
    let noting: Promise<unknown> = Promise.resolve()
    const onProgress = (progress: ImportProgress) => {
      tally.see(progress)
      trace(progress)
      if (Date.now() - noted < NOTE_EVERY_MS) return
      noted = Date.now()
      const { statistics } = tally
      noting = noting.then(() => change(id, (current) => ({ ...current, statistics })))
      noting.then(
        () => lake.documents.trim(KIND, id),
        () => undefined,
      )
    }
    try {
      await change(id, (current) => ({ ...current, status: 'IN_PROGRESS' }))
      const report = await readAll(record, place, { signal, onProgress })
      await noting
      const failures = report ? await listFailures(lake, report, now().toISOString()) : []
      await change(id, (current) => ({ ...finished(current, report, tally.statistics), failures }))
      span.end()
    } catch (error) {
      span.end({ error: signal.aborted ? 'CANCELLED' : codeOf(error) })
      await noting.catch(() => undefined)
      if (signal.aborted) return stopped(id, tally.statistics)
      const { code, message } = isTraillakeError(error) ? error : { code: 'InternalError', message: 'internal error' }
      const { statistics } = tally
      await change(id, (current) => withFailure({ ...current, status: 'FAILED', statistics }, { type: code, message }))
    }
  }

  /** The last batch is counted too, though whoever stopped the import did not wait for it. */
  async function stopped(id: string, statistics: ImportStatistics): Promise<void> {
    await lake.documents.update<ImportRecord>(KIND, id, (current) =>
      current && (current.status === 'STOPPED' || !isImportOver(current))
        ? { ...current, status: 'STOPPED', statistics, updatedAt: now().toISOString() }
        : undefined,
    )
  }

  /** Undefined where no file lies in the range of time that was asked for. */
  async function readAll(
    { store, from, to }: ImportRecord,
    { location, s3 }: Place,
    options: Pick<ImportOptions, 'signal' | 'onProgress'>,
  ): Promise<ImportReport | undefined> {
    const range = { ...(from ? { from } : {}), ...(to ? { to } : {}) }
    try {
      return await lake.import(location, { ...options, ...range, into: store.id, ...(s3 ? { s3 } : {}) })
    } catch (error) {
      if (isTraillakeError(error, 'NO_LOG_FILES') && (from || to)) return undefined
      throw error
    }
  }

  return {
    async start({ store, source, place, from, to, span }) {
      const at = now().toISOString()
      const record: ImportRecord = {
        id: randomUUID(),
        store: { id: store.id, arn: store.arn },
        source,
        ...(from ? { from: from.toISOString() } : {}),
        ...(to ? { to: to.toISOString() } : {}),
        status: 'INITIALIZING',
        server: lease.serverId,
        createdAt: at,
        updatedAt: at,
        statistics: NOTHING_YET,
        failures: [],
      }
      return begin(record, place, span)
    },
    async retry(record, place, span) {
      const again: ImportRecord = {
        ...record,
        status: 'INITIALIZING',
        server: lease.serverId,
        updatedAt: now().toISOString(),
        statistics: NOTHING_YET,
        failures: [],
      }
      return begin(again, place, span)
    },
    read,
    async list() {
      const records = await Promise.all((await lake.documents.list(KIND)).map(read))
      return records
        .flatMap((record) => record ?? [])
        .sort((a, b) => (`${a.createdAt}${a.id}` < `${b.createdAt}${b.id}` ? 1 : -1))
    },
    async stop(id) {
      const known = await read(id)
      if (known === undefined) return undefined
      const record = await change(id, (current) => ({ ...current, status: 'STOPPED' }))
      active.get(id)?.controller.abort()
      return record ?? known
    },
    async close() {
      for (const { controller } of active.values()) controller.abort()
      await Promise.all([...active.values()].map(({ work }) => work))
    },
  }
}

function finished(
  record: ImportRecord,
  report: ImportReport | undefined,
  { prefixesFound = 0 }: ImportStatistics,
): ImportRecord {
  const prefixes = { prefixesFound, prefixesCompleted: prefixesFound }
  if (report === undefined) {
    return { ...record, status: 'COMPLETED', statistics: { ...NOTHING_YET, ...prefixes, filesFound: 0 } }
  }
  const { filesFailed, filesAlreadyImported, quarantined } = report
  return {
    ...record,
    status: filesFailed + quarantined > 0 ? 'FAILED' : 'COMPLETED',
    statistics: {
      ...prefixes,
      filesFound: report.files + filesAlreadyImported,
      files: report.files - filesFailed + filesAlreadyImported,
      events: report.kept + report.duplicate,
      failed: filesFailed + quarantined,
    },
  }
}
