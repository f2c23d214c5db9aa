import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { quoteSqlName } from '../../engine/instance.ts'
import type { TableEngine } from '../../engine/table-engine.ts'
import { registerRowSource, type SourceColumn } from '../../engine/table-function.ts'
import { type WrittenParquet, writeParquet } from '../../engine/write-parquet.ts'
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
  readonly written: WrittenParquet
  readonly stats: string
}

/** Writes the ledger rows of one commit to a local file. */
export function writeLedgerFile(engine: TableEngine, folder: string, batch: LedgerBatch): Promise<WrittenLedger> {
  return writeLedgerRows(
    engine,
    folder,
    batch.files.map((file) => ledgerRow(file, batch)),
  )
}

/** Writes rows of the ledger to a local file. */
export async function writeLedgerRows(
  engine: TableEngine,
  folder: string,
  rows: readonly LedgerValues[],
): Promise<WrittenLedger> {
  const path = join(folder, `${randomUUID()}.parquet`)
  const columns = ledgerColumns.map(({ name, type }): SourceColumn & { select: string } => {
    const quoted = quoteSqlName(name)
    if (type.kind === 'timestamp')
      return { name, type: 'BIGINT', select: `make_timestamp(${quoted} * 1000) AS ${quoted}` }
    return { name, type: type.kind === 'bigint' ? 'BIGINT' : 'VARCHAR', select: quoted }
  })
  const written = await engine.withConnection(async (connection) => {
    const name = `ledger_rows_${++sources}`
    const source = registerRowSource(connection, name, columns)
    source.set({
      rowCount: rows.length,
      values: columns.map(({ name, type }) => {
        const value = (i: number) => rows[i]![name as keyof (typeof rows)[number]]
        return type === 'BIGINT' ? (i) => BigInt(value(i) as number) : (i) => textBytes(value(i))
      }),
    })
    try {
      return await writeParquet(connection, {
        query: `SELECT ${columns.map((c) => c.select).join(', ')} FROM ${name}()`,
        path,
        maxRows: rows.length,
      })
    } finally {
      source.clear()
    }
  })
  return { path, written, stats: statsOf(written, LEDGER_STATISTICS) }
}

let sources = 0

function textBytes(value: LedgerValue): Buffer | null {
  return value === null ? null : Buffer.from(String(value))
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
