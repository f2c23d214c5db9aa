import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { DuckDBConnection } from '@duckdb/node-api'
import { loadDuckDb } from './duckdb.ts'
import { makeScratch } from './scratch.ts'

export interface InstanceOptions {
  /** Default: DuckDB's own choice, one a core. */
  readonly threads?: number
  /** Bytes that DuckDB may hold before it spills or fails. */
  readonly memoryBytes?: number
  /** The folder below which the instance gets a spill folder of its own; default: the system's temporary folder. */
  readonly tempRoot?: string
  /** More settings, applied with GLOBAL scope in this order, after those every instance has. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
}

/** An in-memory DuckDB. `close` frees it and removes its spill folder; connections are closed by whoever opened them. */
export interface EngineInstance {
  readonly tempDirectory: string
  connect(): Promise<DuckDBConnection>
  close(): void
}

/**
 * What every instance is set to: nothing is fetched from outside, and a session's zone never depends on the host.
 * All are global, so each new connection has them.
 */
const COMMON_SETTINGS: Readonly<Record<string, string | number | boolean>> = {
  TimeZone: 'UTC',
  default_null_order: 'nulls_last',
  autoinstall_known_extensions: false,
  autoload_known_extensions: false,
}

/**
 * Opens an in-memory DuckDB of its own.
 *
 * Two instances that spill into one folder corrupt each other's files (they use the same names), so each one gets a fresh
 * folder below `tempRoot`.
 */
export async function openInstance(options: InstanceOptions = {}): Promise<EngineInstance> {
  const { DuckDBInstance } = loadDuckDb()
  const tempDirectory = makeScratch(options.tempRoot ?? tmpdir(), 'spill')
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      temp_directory: tempDirectory,
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      ...(options.memoryBytes === undefined ? {} : { memory_limit: `${Math.floor(options.memoryBytes)}B` }),
    })
    const setUp = await instance.connect()
    try {
      for (const [name, value] of Object.entries({ ...COMMON_SETTINGS, ...options.settings })) {
        await setUp.run(`SET GLOBAL ${name} = ${typeof value === 'string' ? quoteSqlString(value) : value}`)
      }
    } finally {
      setUp.closeSync()
    }
    return {
      tempDirectory,
      connect: () => instance.connect(),
      close() {
        instance.closeSync()
        rmSync(tempDirectory, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(tempDirectory, { recursive: true, force: true })
    throw error
  }
}

/** A SQL string literal. */
export function quoteSqlString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A SQL identifier, always quoted. */
export function quoteSqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
