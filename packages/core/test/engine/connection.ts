import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { DuckDBConnection } from '../../src/engine/duckdb.ts'
import { type EngineInstance, openInstance } from '../../src/engine/instance.ts'

/** A connection of an engine with one thread, and a folder, for the tests of a file. */
export function useConnection(): { readonly connection: DuckDBConnection; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'traillake-test-'))
  let instance: EngineInstance
  let connection: DuckDBConnection
  beforeAll(async () => {
    instance = await openInstance({ threads: 1 })
    connection = await instance.connect()
  })
  afterAll(() => {
    connection.closeSync()
    instance.close()
    rmSync(folder, { recursive: true })
  })
  return {
    get connection() {
      return connection
    },
    folder,
  }
}
