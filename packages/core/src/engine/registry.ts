import type { DuckDBConnection } from '@duckdb/node-api'
import { registerScalarFunction, type ScalarFunction } from './scalar-function.ts'

/** What an instance has learned: macros and functions are made when first asked for and stay. */
export interface Registry {
  ensure(macros: Readonly<Record<string, string>>, functions: readonly ScalarFunction[]): Promise<void>
  close(): Promise<void>
}

export function createRegistry(connection: DuckDBConnection): Registry {
  const known = new Set<string>()
  let queue: Promise<void> = Promise.resolve()

  async function make(macros: Readonly<Record<string, string>>, functions: readonly ScalarFunction[]): Promise<void> {
    for (const definition of functions) {
      if (known.has(definition.name)) continue
      registerScalarFunction(connection, definition)
      known.add(definition.name)
    }
    // A macro that calls another can only be made after it: go round until all are made or none could be.
    let waiting = Object.entries(macros).filter(([name]) => !known.has(name))
    while (waiting.length > 0) {
      const failed: [string, string][] = []
      let reason: unknown
      for (const [name, text] of waiting) {
        try {
          await connection.run(text)
          known.add(name)
        } catch (error) {
          failed.push([name, text])
          reason = error
        }
      }
      if (failed.length === waiting.length) throw reason
      waiting = failed
    }
  }

  return {
    ensure(macros, functions) {
      const names = [...Object.keys(macros), ...functions.map((f) => f.name)]
      if (names.every((name) => known.has(name))) return Promise.resolve()
      const made = queue.then(() => make(macros, functions))
      queue = made.catch(() => undefined)
      return made
    },
    async close() {
      await queue
      connection.closeSync()
    },
  }
}
