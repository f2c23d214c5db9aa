import type { DuckDBConnection } from '@duckdb/node-api'
import { type EngineInstance, openInstance, quoteSqlString } from './instance.ts'

export interface SandboxOptions {
  /** The only folders that queries may read files from. */
  readonly allowedDirectories: readonly string[]
  /** Bytes that the engine may hold before it spills or fails. */
  readonly memoryBytes: number
  /** Default: one a core. */
  readonly threads?: number
  /** The folder below which spill files go; default: the system's temporary folder. */
  readonly tempRoot?: string
  /** Bytes that may be spilled; default: what the disk has. */
  readonly tempBytes?: number
}

/**
 * Late materialization: without a higher limit than its 50 rows, `SELECT * … ORDER BY eventtime DESC LIMIT 100` sorts whole
 * rows (2 s in place of 0.1 s at 2M events). Footers of immutable data files may be kept. Other stretches of files may not: a query
 * that began before a sparse file was filled further leaves there for later ones what it read, holes among it. Common
 * sub-expressions: the engine computes what two TRYs share outside of both, where its failure fails the query. Deliminator:
 * EXISTS that is bound by one equality and two inequalities finds nothing (1.5.6).
 */
const QUERY_SETTINGS = {
  late_materialization_max_rows: 10_000,
  parquet_metadata_cache: true,
  enable_external_file_cache: false,
  disabled_optimizers: 'common_subexpressions,deliminator',
} as const

const STREAM_BUFFER = 'streaming_buffer_size'

/**
 * Lets the engine work ahead of whoever reads the results of a connection by more than a megabyte. It is the one setting that cannot be given
 * for all connections at once, and so the one that the lock leaves open.
 */
export async function widenStream(connection: DuckDBConnection): Promise<void> {
  await connection.run(`SET ${STREAM_BUFFER} = '16MB'`)
}

/**
 * Opens the instance that queries run in and locks it: nothing outside the allowed folders can be opened, and no setting
 * can change any more.
 *
 * Every setting is global: a locked instance would otherwise give new connections the host's time zone. The folders are
 * named before access is turned off, because they cannot be afterwards. The lock alone still lets `COPY` write into the
 * allowed folders: the statement gate in `statement.ts` stands before it.
 */
export async function openSandbox(options: SandboxOptions): Promise<EngineInstance> {
  const instance = await openInstance({
    memoryBytes: options.memoryBytes,
    settings: {
      ...QUERY_SETTINGS,
      ...(options.tempBytes === undefined ? {} : { max_temp_directory_size: `${options.tempBytes}B` }),
    },
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.tempRoot === undefined ? {} : { tempRoot: options.tempRoot }),
  })
  try {
    const connection = await instance.connect()
    try {
      await lock(connection, options.allowedDirectories)
    } finally {
      connection.closeSync()
    }
    return instance
  } catch (error) {
    instance.close()
    throw error
  }
}

async function lock(connection: DuckDBConnection, allowedDirectories: readonly string[]): Promise<void> {
  const folders = allowedDirectories.map(quoteSqlString).join(', ')
  await connection.run(`SET GLOBAL allowed_directories = [${folders}]`)
  for (const setting of [
    `allowed_configs = ['${STREAM_BUFFER}']`,
    'allow_community_extensions = false',
    'enable_external_access = false',
    'lock_configuration = true',
  ]) {
    await connection.run(`SET GLOBAL ${setting}`)
  }
}
