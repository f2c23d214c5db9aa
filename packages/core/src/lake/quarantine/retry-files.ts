import { readFile } from 'node:fs/promises'
import { quoteSqlString } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { addCounts, checkBatch, NO_COUNTS } from '../import/accounting.ts'
import { sourceIdOf } from '../import/identity.ts'
import { RULES_VERSION } from '../import/known-sources.ts'
import { kindOf } from '../import/ledger-file.ts'
import type { FileResult } from '../import/protocol.ts'
import { isResultFile } from '../import/query-results.ts'
import { allLedgerRows, type LedgerRow, ledgerPaths } from '../imports/ledger-rows.ts'
import { rereadAsImported } from '../imports/reread.ts'
import { storeFolders } from '../store-layout.ts'
import type { Counts } from '../types.ts'
import { entriesOf } from './entries.ts'
import { bytesOf, parseEntries, readEntries } from './read-entries.ts'
import type { Retried, RetryRun } from './retry-run.ts'

/** An unreadable file, and the row that the ledger gets if it is read now. */
interface Candidate {
  /** The row that is replaced; undefined when the file is in another state now, which is a file of its own. */
  readonly old: LedgerRow | undefined
  readonly next: LedgerRow
  /** The import that could not read it. */
  readonly importId: string
}

/** Reads files again that could not be read: from where they came, else from the bytes that were kept. */
export async function retryFiles(run: RetryRun): Promise<Retried> {
  const { lake, store, writer } = run
  const { candidates, unavailable: gone } = await findCandidates(run)
  let unavailable = gone
  let released = 0
  let counts: Counts = NO_COUNTS
  const staged: Retried['staged'][number][] = []
  const changes: Retried['changes'][number][] = []
  const byNext = new Map(candidates.map((candidate) => [candidate.next, candidate]))
  const options = {
    staging: run.staging,
    read: (row: LedgerRow) => readCandidate(run, byNext.get(row)!),
    stored: run.stored.at,
    copies: run.copies,
    signal: run.signal,
  }
  const rows = candidates.map(({ next }) => next)
  const importOf = (row: LedgerRow) => byNext.get(row)!.importId
  for await (const { rows: read, result } of rereadAsImported(lake, store, rows, run.selectors, options, importOf)) {
    checkBatch(result, { dryRun: false })
    staged.push(...result.staged)
    run.stored.add(result.staged)
    const changed = new Map<string, LedgerRow>()
    result.files.forEach((file, i) => {
      const { old, next } = byNext.get(read[i]!)!
      if (file.status === 'unread') {
        unavailable += 1
        return
      }
      if (file.status !== 'failed') released += 1
      counts = addCounts(counts, file)
      if (old && file.status === 'failed' && file.code === old.code) return
      const row = rowOf(next, file, run.quarantinePath)
      changed.set(row.sourceId, row)
      changes.push({ old, next: row })
    })
    if (result.quarantine === undefined) continue
    for await (const entry of parseEntries(await readFile(result.quarantine), result.quarantine)) {
      const row = changed.get(entry.source_id)
      if (row) await writer.add({ ...entry, import_id: row.importId })
    }
  }
  return { ...counts, staged, changes, released, unavailable }
}

async function findCandidates(run: RetryRun): Promise<{ candidates: readonly Candidate[]; unavailable: number }> {
  const { lake, store, raw } = run
  const candidates: Candidate[] = []
  let unavailable = 0
  for await (const { item, entry, row } of entriesOf(lake, store, run.filter)) {
    if (entry.record !== null || !run.isChosen(item)) continue
    const info = await raw.head(row.source)
    if (info && (info.etag !== row.etag || info.size !== row.size)) {
      // Not what was signed when it was imported: only an import verifies that.
      if (isResultFile(row.source)) {
        unavailable += 1
        continue
      }
      const { etag, size, modifiedMs } = info
      const sourceId = sourceIdOf(row.source, etag)
      const next = { ...row, sourceId, etag, size, modifiedMs, importId: await run.successors.of(row.importId) }
      candidates.push({ old: undefined, next, importId: row.importId })
    } else if (info || entry.bytes !== null) candidates.push({ old: row, next: row, importId: row.importId })
    else unavailable += 1
  }
  return { candidates: await withoutKnown(run, candidates), unavailable }
}

/** A state of a file that the ledger knows has an entry of its own, if it needs one. */
async function withoutKnown(run: RetryRun, candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  const ids = candidates.flatMap(({ old, next }) => (old ? [] : [quoteSqlString(next.sourceId)]))
  if (ids.length === 0) return candidates
  const paths = await ledgerPaths(run.lake, run.store)
  const rows = await allLedgerRows(run.lake, paths, `s.source_id IN (${ids.join(', ')})`)
  const known = new Set(rows.map((row) => row.sourceId))
  return candidates.filter(({ old, next }) => {
    if (old || !known.has(next.sourceId)) {
      known.add(next.sourceId)
      return true
    }
    return false
  })
}

async function readCandidate(run: RetryRun, { old, next }: Candidate): Promise<Buffer> {
  const info = await run.raw.head(next.source)
  if (info && info.etag === next.etag) return run.raw.get(next.source)
  if (old?.quarantinePath) {
    const key = `${storeFolders(run.store.id).root}/${old.quarantinePath}`
    for await (const entry of readEntries(run.lake.storage, key)) {
      const bytes = entry.source_id === old.sourceId && entry.record === null ? bytesOf(entry) : undefined
      if (bytes) return bytes
    }
  }
  throw new TraillakeError('SOURCE_NOT_FOUND', { source: next.source })
}

function rowOf(next: LedgerRow, file: FileResult, quarantinePath: string): LedgerRow {
  const { read, kept, duplicate, filtered, quarantined } = file
  return {
    ...next,
    sha256: file.sha256 ?? null,
    kind: kindOf(file),
    status: file.status as LedgerRow['status'],
    code: file.code ?? null,
    ...{ read, kept, duplicate, filtered, quarantined },
    quarantinePath: file.quarantineEntries > 0 ? quarantinePath : null,
    rulesVersion: RULES_VERSION,
    importedAtMs: Date.now(),
  }
}
