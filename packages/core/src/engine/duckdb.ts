import { createRequire } from 'node:module'

/** The DuckDB client as a namespace: `DuckDB['DuckDBConnection']`, `duckdb.DuckDBInstance.create()`, ... */
export type DuckDb = typeof import('@duckdb/node-api')

let loaded: DuckDb | undefined

/**
 * Loads the DuckDB client on first use.
 *
 * By `require`, not `import`: as an ES module the client takes four times as long to load (0.25 s instead of 62 ms), and
 * what only translates or prints help must not pay for either.
 */
export function loadDuckDb(): DuckDb {
  loaded ??= createRequire(import.meta.url)('@duckdb/node-api') as DuckDb
  return loaded
}
