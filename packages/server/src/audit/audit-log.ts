import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Lake } from '@traillake/core'
import { isTraillakeError } from '@traillake/core/errors'
import type { Lease } from '../lease.ts'
import { type AuditedCall, auditEvent } from './audit-event.ts'
import { leftJournals, openJournal } from './journal.ts'

/** The event data store that tells who asked this server for what. */
export const AUDIT_STORE = 'traillake-audit'
const FLUSH_MS = 5000
const FLUSH_EVENTS = 1000
const RETENTION_DAYS = 90

export interface AuditLog {
  record(call: AuditedCall): void
  /** Commits what is recorded, and ends. */
  close(): Promise<void>
}

/** An audit log that records nothing. */
export const noAudit: AuditLog = { record: () => undefined, close: async () => undefined }

/**
 * Writes every call into the store `traillake-audit`: at once into a journal beside the lake's raw files, every 5 s or 1,000
 * events into the store. Journals of servers that died are committed by the next one that starts.
 */
export async function openAuditLog(lake: Lake, lease: Lease): Promise<AuditLog> {
  const store = await auditStore(lake)
  const folder = join(lake.location, 'journal')
  await lease.hold()
  const journal = openJournal(folder, lease.serverId)
  let lines: string[] = []
  let flushing: Promise<void> = Promise.resolve()
  let isClosed = false

  async function commit(batch: readonly string[]): Promise<void> {
    const bytes = await promisify(gzip)(`{"Records":[${batch.join(',')}]}`)
    const source = await lake.received.write(store.id, `${randomUUID()}.json.gz`, bytes)
    await lake.import(source, { into: store.id, workers: 1 })
  }

  const flush = () => {
    flushing = flushing.then(async () => {
      if (lines.length === 0) return
      const batch = lines
      lines = []
      const { done } = journal.turn()
      try {
        await commit(batch)
        done()
      } catch (error) {
        // The journal keeps them: the next server commits them.
        process.emitWarning(`${batch.length} audit events could not be committed: ${(error as Error).message}`)
      }
    })
    return flushing
  }

  for (const { lines: left, done } of await leftJournals(folder, (owner) => lease.isAlive(owner))) {
    // Events that were committed before the end came are duplicates: their ids are known.
    if (left.length > 0) await commit(left)
    done()
  }
  const timer = setInterval(flush, FLUSH_MS).unref()
  return {
    record(call) {
      if (isClosed) return
      const line = JSON.stringify(auditEvent(lake, call))
      try {
        journal.append(line)
      } catch (error) {
        // A full disk does not stop the service; the event is lost only if the process dies before it is committed.
        process.emitWarning(`an audit event could not be journalled: ${(error as Error).message}`)
      }
      lines.push(line)
      if (lines.length >= FLUSH_EVENTS) void flush()
    },
    async close() {
      clearInterval(timer)
      await flush()
      isClosed = true
      await flush()
      journal.close()
      lease.release()
    },
  }
}

async function auditStore(lake: Lake) {
  const known = (await lake.listEventDataStores()).find(({ name }) => name === AUDIT_STORE)
  if (known) return known
  try {
    return await lake.createEventDataStore({ name: AUDIT_STORE, layout: 'date', retentionDays: RETENTION_DAYS })
  } catch (error) {
    // Another server was faster to make it.
    if (!isTraillakeError(error, 'EVENT_DATA_STORE_EXISTS')) throw error
    return lake.getEventDataStore(AUDIT_STORE)
  }
}
