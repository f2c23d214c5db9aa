import { createRequire } from 'node:module'

export type { DuckDBConnection } from '@duckdb/node-api'

/** The DuckDB client as a namespace: `loadDuckDb().DuckDBInstance.create()`. */
export type DuckDb = typeof import('@duckdb/node-api')
/** The functions under the client, for reading and filling vectors without a detour through JavaScript values. */
export type DuckDbBindings = typeof import('@duckdb/node-bindings')

/** Where the build has joined the client's files into one beside ours, that file. */
declare const DUCKDB_CLIENT: string | undefined

const require = createRequire(import.meta.url)
let client: DuckDb | undefined
let bindings: DuckDbBindings | undefined

/**
 * Loads the DuckDB client on first use.
 *
 * By `require`, not `import`: as an ES module the client takes four times as long to load (0.25 s instead of 62 ms; joined
 * into one file, 41 ms), and what only translates or prints help must not pay for any of them.
 */
export function loadDuckDb(): DuckDb {
  client ??= require(typeof DUCKDB_CLIENT === 'undefined' ? '@duckdb/node-api' : DUCKDB_CLIENT) as DuckDb
  return client
}

/** Loads the bindings that the client itself stands on; see `loadDuckDb`. */
export function loadDuckDbBindings(): DuckDbBindings {
  bindings ??= require('@duckdb/node-bindings') as DuckDbBindings
  return bindings
}

/** `v1.5.6` */
export function engineVersion(): string {
  return loadDuckDb().version()
}
