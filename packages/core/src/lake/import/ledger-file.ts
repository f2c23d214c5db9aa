import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ROW_GROUP_SIZE } from '../../engine/write-parquet.ts'
import {
  type Column,
  createParquetWriter,
  loadZstd,
  type ParquetNode,
  type ParquetWriter,
} from '../../parquet/index.ts'
import { LEDGER_STATISTICS, statsOf } from '../file-stats.ts'
import { ledgerColumns } from '../store-layout.ts'
import { LOG_KIND, RULES_VERSION } from './known-sources.ts'
import type { FileResult } from './protocol.ts'

export interface LedgerBatch {
  readonly importId: string
  /** Files to record; unread ones are left out by the caller. */
  readonly files: readonly FileResult[]
  /** Key of the quarantine file below the store; undefined when there is none. */
  readonly quarantinePath: string | undefined
  readonly importedAtMs: number
}

type LedgerValue = string | number | null

/** A row of the ledger as it is written; times in UTC milliseconds. */
export type LedgerValues = Readonly<Record<(typeof ledgerColumns)[number]['name'], LedgerValue>>

export interface WrittenLedger {
  readonly path: string
  readonly stats: string
}

/** Writes the ledger rows of one commit to a local file. */
export function writeLedgerFile(folder: string, batch: LedgerBatch): Promise<WrittenLedger> {
  return writeLedgerRows(
    folder,
    batch.files.map((file) => ledgerRow(file, batch)),
  )
}

const nodes = ledgerColumns.map(({ name, type }): ParquetNode => {
  const kind = type.kind === 'timestamp' ? 'timestamp' : type.kind === 'bigint' ? 'integer' : 'text'
  return { name, kind, children: [] }
})

let writer: ParquetWriter | undefined

/** Writes rows of the ledger to a local file. */
export async function writeLedgerRows(folder: string, rows: readonly LedgerValues[]): Promise<WrittenLedger> {
  const path = join(folder, `${randomUUID()}.parquet`)
  const compress = await loadZstd()
  // Nothing is awaited from here on: one serves all.
  writer ??= createParquetWriter(nodes, compress)
  const file = writer
  try {
    file.open(path)
    for (let start = 0; start < rows.length; start += ROW_GROUP_SIZE) {
      const group = rows.slice(start, start + ROW_GROUP_SIZE)
      for (const column of file.columns) {
        const name = column.node.name as keyof LedgerValues
        group.forEach((row, slot) => {
          putValue(column, slot, row[name])
        })
      }
      file.flush(group.length)
    }
    return { path, stats: statsOf(file.close(), LEDGER_STATISTICS) }
  } catch (error) {
    file.abandon()
    throw error
  }
}

function putValue(column: Column, slot: number, value: LedgerValue): void {
  if (value === null) return
  column.fill(slot)
  if (column.node.kind === 'text') column.addText(Buffer.from(String(value)))
  else column.addNumber(Number(value))
}

/** What a raw file is, as the ledger says it: a log file of a trail, another form of one, or none. */
export function kindOf({ skipped, form }: Pick<FileResult, 'skipped' | 'form'>): string {
  return skipped ?? form ?? LOG_KIND
}

function ledgerRow(result: FileResult, batch: LedgerBatch): LedgerValues {
  const { file } = result
  return {
    source_id: file.sourceId,
    source_key: file.uri,
    etag: file.etag,
    size: file.size,
    modified_at: Math.trunc(file.modifiedMs),
    sha256: result.sha256 ?? null,
    kind: kindOf(result),
    status: result.status,
    error_code: result.code ?? null,
    import_id: batch.importId,
    read: result.read,
    kept: result.kept,
    duplicate: result.duplicate,
    filtered: result.filtered,
    quarantined: result.quarantined,
    quarantine_path: result.quarantineEntries > 0 ? (batch.quarantinePath ?? null) : null,
    rules_version: RULES_VERSION,
    imported_at: batch.importedAtMs,
  }
}
