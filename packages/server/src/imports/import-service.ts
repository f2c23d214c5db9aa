import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import type { ImportProgress, ImportReport, Lake } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import type { Lease } from '../lease.ts'
import { filesInRange } from './files-in-range.ts'
import { type ImportFailure, type ImportRecord, isImportOver, NOTHING_YET } from './import-record.ts'

export interface ImportRequest {
  readonly store: { readonly id: string; readonly arn: string }
  readonly source: ImportRecord['source']
  /** The local folder or file that the source means. */
  readonly path: string
  readonly from?: Date
  readonly to?: Date
}

/** Imports that run in the background of a server, one at a time in the whole lake. */
export interface ImportService {
  /** Undefined while another one runs. */
  start(request: ImportRequest): Promise<ImportRecord | undefined>
  /** Runs one again that failed or was stopped: files that were read are not read again. Undefined while one runs. */
  retry(record: ImportRecord, path: string): Promise<ImportRecord | undefined>
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
const FAILURES_KEPT = 10_000

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

  async function begin(record: ImportRecord, path: string): Promise<ImportRecord | undefined> {
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
    const work = run(record, path, controller.signal)
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

  async function run(record: ImportRecord, path: string, signal: AbortSignal): Promise<void> {
    const { id } = record
    let noted = 0
    let noting: Promise<unknown> = Promise.resolve()
    const onProgress = (progress: ImportProgress) => {
      if (progress.kind !== 'progress' || Date.now() - noted < NOTE_EVERY_MS) return
      noted = Date.now()
      const statistics = { ...NOTHING_YET, files: progress.filesDone, events: progress.kept }
      noting = noting.then(() => change(id, (current) => ({ ...current, status: 'IN_PROGRESS', statistics })))
      noting.then(
        () => lake.documents.trim(KIND, id),
        () => undefined,
      )
    }
    try {
      await change(id, (current) => ({ ...current, status: 'IN_PROGRESS' }))
      const files = await filesOf(record, path)
      const isNothing = typeof files === 'object' && files.length === 0
      const report = isNothing ? undefined : await lake.import(files, { into: record.store.id, signal, onProgress })
      await noting
      await change(id, (current) => finished(current, report, now().toISOString()))
    } catch (error) {
      await noting.catch(() => undefined)
      if (signal.aborted) {
        await change(id, (current) => ({ ...current, status: 'STOPPED' }))
        return
      }
      const { code, message } = isTraillakeError(error) ? error : { code: 'InternalError', message: 'internal error' }
      await change(id, (current) => withFailure({ ...current, status: 'FAILED' }, { type: code, message }))
    }
  }

  return {
    async start({ store, source, path, from, to }) {
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
      return begin(record, path)
    },
    async retry(record, path) {
      const again: ImportRecord = {
        ...record,
        status: 'INITIALIZING',
        server: lease.serverId,
        updatedAt: now().toISOString(),
        statistics: NOTHING_YET,
        failures: [],
      }
      return begin(again, path)
    },
    read,
    async list() {
      const records = await Promise.all((await lake.documents.list(KIND)).map(read))
      return records.flatMap((record) => record ?? []).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
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

/** What is read: the folder as it is, or with a range of time the files in it. */
async function filesOf({ from, to }: ImportRecord, path: string): Promise<string | readonly string[]> {
  if ((from === undefined && to === undefined) || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  return filesInRange(path, from ? new Date(from) : undefined, to ? new Date(to) : undefined)
}

function finished(record: ImportRecord, report: ImportReport | undefined, at: string): ImportRecord {
  if (report === undefined)
    return { ...record, status: 'COMPLETED', statistics: { ...NOTHING_YET, prefixesCompleted: 1 } }
  const failures = report.failures
    .slice(0, FAILURES_KEPT)
    .map(({ source, code, reason }): ImportFailure => ({ location: source, type: code, message: reason, at }))
  return {
    ...record,
    status: report.filesFailed + report.quarantined > 0 ? 'FAILED' : 'COMPLETED',
    statistics: {
      prefixesCompleted: 1,
      files: report.files - report.filesFailed + report.filesAlreadyImported,
      events: report.kept + report.duplicate,
      failed: report.filesFailed + report.quarantined,
    },
    failures,
  }
}
