import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import { recordSql } from '../../events/index.ts'
import type { LayoutName } from '../../schema/index.ts'
import type { StorageOptions } from '../../storage/index.ts'
import type { DataFile, Snapshot } from '../../table/index.ts'
import type { LakeContext } from '../lake-context.ts'
import type { LedgerFile } from '../ledger.ts'
import type { EventDataStore } from '../types.ts'
import type { Findings } from './findings.ts'
import type { StoreVerification, VerifyStage } from './types.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** One store while it is verified: a state of it, and what is known so far. */
export interface StoreCheck {
  readonly lake: LakeContext
  readonly store: EventDataStore
  /** How to open places of raw files. */
  readonly rawStorage: StorageOptions
  readonly connection: DuckDBConnection
  /** The events table, the ledger table and the ledger's files as they belong together. */
  readonly events: Snapshot
  readonly sources: Snapshot
  readonly ledgerFiles: readonly LedgerFile[]
  /** Local paths of those that are there and sound. */
  ledger: readonly string[]
  /** Live data files that are there, by local path; damaged ones leave it. */
  readonly files: Map<string, DataFile>
  readonly findings: Findings
  readonly checked: Writable<StoreVerification['checked']>
  progress(stage: VerifyStage, done: number, total: number): void
  /** Throws once the work is to stop. */
  readonly checkStopped: () => void
}

/** Rows of a query as texts and numbers. */
export async function rowsOf<T extends readonly unknown[]>(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly T[]> {
  return (await connection.runAndReadAll(sql)).getRows() as unknown as T[]
}

export function parquet(...paths: readonly string[]): string {
  return `read_parquet([${paths.map(quoteSqlString).join(', ')}], hive_partitioning=false)`
}

/** An empty table with the columns of a layout's data files: files written before a column came read NULL through it. */
export async function createTemplate(connection: DuckDBConnection, layout: LayoutName): Promise<EventColumns> {
  const { columns } = recordSql(layout, { record: 'r', eventJson: 'e', source: 's', index: 'i' })
  const list = columns.map((column) => `${quoteSqlName(column.name)} ${column.type}`).join(', ')
  await connection.run(`CREATE OR REPLACE TEMP TABLE verify_template (${list})`)
  const names = columns.map((column) => column.name)
  return {
    from: (path) => `(SELECT * FROM ${parquet(path)} UNION ALL BY NAME SELECT * FROM verify_template WHERE false)`,
    numbered: (path) =>
      `(SELECT * FROM read_parquet(${quoteSqlString(path)}, hive_partitioning=false, file_row_number=true)
        UNION ALL BY NAME SELECT * FROM verify_template WHERE false)`,
    hash: `hash(${names
      .filter((name) => name !== '_source' && name !== '_record')
      .map(quoteSqlName)
      .join(', ')})`,
    names: new Set(names),
  }
}

export interface EventColumns {
  /** A data file as the right side of a FROM. */
  from(path: string): string
  /** The same with the column `file_row_number`. */
  numbered(path: string): string
  /** A digest of all that a row says, but not of where it came from. */
  readonly hash: string
  readonly names: ReadonlySet<string>
}

/**
 * What is wrong with a file, from the engine's failure to read it. What is no fault of the file is thrown:
 * EXCEEDED_MEMORY_LIMIT, STORAGE_FULL, and errors of ours that say they are.
 */
export function damageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (isTraillakeError(error) && (error.kind === 'INTERNAL_ERROR' || error.code === 'CANCELLED')) throw error
  if (/out of memory/i.test(message)) throw new TraillakeError('EXCEEDED_MEMORY_LIMIT', {}, { cause: error })
  if (/no space left|disk quota/i.test(message))
    throw new TraillakeError('STORAGE_FULL', { key: 'a temporary file' }, { cause: error })
  return message.split('\n')[0]!
}
