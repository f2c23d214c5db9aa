import { readFile } from 'node:fs/promises'
import { addCounts, checkBatch, NO_COUNTS } from '../import/accounting.ts'
import type { BatchResult } from '../import/protocol.ts'
import type { QuarantineEntry } from '../import/quarantine-writer.ts'
import type { LedgerRow } from '../imports/ledger-rows.ts'
import { rereadAsImported } from '../imports/reread.ts'
import type { Counts } from '../types.ts'
import { entriesOf, type LedgerEntry } from './entries.ts'
import { bytesOf, parseEntries } from './read-entries.ts'
import type { Retried, RetryRun } from './retry-run.ts'
import { restorePositions } from './rewrite.ts'

/** The quarantined records of one raw file. */
interface Group {
  readonly row: LedgerRow
  /** To be read again, in order. */
  readonly chosen: QuarantineEntry[]
  /** Stay as they are. */
  readonly others: QuarantineEntry[]
}

/** Reads single records again, from the bytes that were kept. Groups are taken quarantine file by quarantine file. */
export async function retryRecords(run: RetryRun): Promise<Retried> {
  let retried: Retried = { ...NO_COUNTS, staged: [], changes: [], released: 0, unavailable: 0 }
  let path: string | null = null
  let groups = new Map<string, Group>()
  let unavailable = 0
  const flush = async () => {
    const ready = [...groups.values()].filter((group) => group.chosen.length > 0)
    groups = new Map()
    if (ready.length === 0) return
    const more = await retryGroups(run, ready)
    retried = {
      ...addCounts(retried, more),
      staged: [...retried.staged, ...more.staged],
      changes: [...retried.changes, ...more.changes],
      released: retried.released + more.released,
      unavailable: 0,
    }
  }
  for await (const { item, entry, row } of entriesOf(run.lake, run.store, run.filter)) {
    if (entry.record === null) continue
    if (row.quarantinePath !== path) await flush()
    path = row.quarantinePath
    const group = groups.get(row.sourceId) ?? newGroup(row)
    groups.set(row.sourceId, group)
    const isChosen = run.isChosen(item)
    if (isChosen && entry.bytes === null) unavailable += 1
    const of = isChosen && entry.bytes !== null ? group.chosen : group.others
    of.push(entry)
  }
  await flush()
  return { ...retried, unavailable }
}

function newGroup(row: LedgerEntry['row']): Group {
  return { row, chosen: [], others: [] }
}

async function retryGroups(run: RetryRun, groups: readonly Group[]): Promise<Retried> {
  const { lake, store } = run
  const bySource = new Map(groups.map((group) => [group.row.sourceId, group]))
  const staged: Retried['staged'][number][] = []
  const changes: Retried['changes'][number][] = []
  let counts: Counts = NO_COUNTS
  let released = 0
  const options = {
    staging: run.staging,
    read: async (row: LedgerRow) => documentOf(bySource.get(row.sourceId)!.chosen),
    stored: run.stored.at,
    copies: run.copies,
    signal: run.signal,
  }
  const rows = groups.map((group) => group.row)
  for await (const { result } of rereadAsImported(lake, store, rows, run.selectors, options)) {
    checkBatch(result, { dryRun: false })
    const still = await stillQuarantined(result, bySource)
    const read = result.files.flatMap((file) => {
      const group = bySource.get(file.file.sourceId)!
      // Bytes that are no longer one record each cannot be told apart: they stay.
      return file.status === 'imported' && file.read === group.chosen.length ? [{ file, group }] : []
    })
    const origins = read.flatMap(({ group: { row, chosen } }) =>
      chosen.map((entry, position) => ({ sourceId: row.sourceId, position, record: entry.record! })),
    )
    const files = await lake.engine.withConnection((connection) =>
      restorePositions(connection, result.staged, origins, run.staging),
    )
    const kept = files.filter((file) => file.rows > 0)
    staged.push(...kept)
    run.stored.add(kept)
    for (const { file, group } of read) {
      const { row, chosen, others } = group
      const left = still.get(row.sourceId) ?? []
      counts = addCounts(counts, file)
      released += chosen.length - left.length
      if (left.length === chosen.length && left.every((entry) => chosen.some((old) => isSame(old, entry)))) continue
      const rest = [...others, ...left]
      for (const entry of rest) await run.writer.add(entry)
      changes.push({
        old: row,
        next: {
          ...row,
          kept: row.kept + file.kept,
          duplicate: row.duplicate + file.duplicate,
          filtered: row.filtered + file.filtered,
          quarantined: rest.length,
          quarantinePath: rest.length > 0 ? run.quarantinePath : null,
        },
      })
    }
  }
  return { ...counts, staged, changes, released, unavailable: 0 }
}

/** A log file of these records. */
function documentOf(entries: readonly QuarantineEntry[]): Buffer {
  const parts = entries.flatMap((entry, i) => [Buffer.from(i === 0 ? '' : ','), bytesOf(entry)!])
  return Buffer.concat([Buffer.from('{"Records":['), ...parts, Buffer.from(']}')])
}

/** Entries that the reader refused again, as they were, with today's reason; by raw file. */
async function stillQuarantined(
  result: BatchResult,
  bySource: ReadonlyMap<string, Group>,
): Promise<ReadonlyMap<string, readonly QuarantineEntry[]>> {
  const still = new Map<string, QuarantineEntry[]>()
  if (result.quarantine === undefined) return still
  for await (const { source_id, record, reason, detail } of parseEntries(
    await readFile(result.quarantine),
    result.quarantine,
  )) {
    const old = record === null ? undefined : bySource.get(source_id)?.chosen[record]
    if (old) still.set(source_id, [...(still.get(source_id) ?? []), { ...old, reason, detail }])
  }
  return still
}

function isSame(a: QuarantineEntry, b: QuarantineEntry): boolean {
  return a.record === b.record && a.reason === b.reason
}
