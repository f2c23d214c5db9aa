import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import type { Guard } from './guard.ts'
import { type PhysicalType, physicalType } from './physical-type.ts'
import { prepareSelect } from './statement.ts'
import { type Column, readColumns } from './vectors.ts'

/** Rows of a result that came together: up to 2,048, as columns. */
export interface Chunk {
  readonly length: number
  readonly columns: readonly Column[]
}

/** An open result. Its rows can be taken once; reading to the end or leaving the loop closes it. */
export interface EngineResult {
  readonly types: readonly PhysicalType[]
  chunks(): AsyncGenerator<Chunk, void, undefined>
  /** Stops the query if it still runs and frees its connection. Safe to call again. */
  close(): Promise<void>
}

/** Starts a SELECT. @param close frees the connection; called when the rows are at their end or not wanted any more */
export async function streamResult(
  connection: DuckDBConnection,
  sql: string,
  guard: Guard,
  close: () => Promise<void>,
): Promise<EngineResult> {
  const { result, types } = await guard.run(async () => {
    const prepared = await prepareSelect(connection, sql)
    const result = await prepared.stream()
    return { result, types: result.columnTypes().map(physicalType) }
  })
  return { types, chunks: () => readChunks(result, types, guard, close), close }
}

/** Fetches one chunk ahead, so that the engine works while its last chunk is being used; never more. */
async function* readChunks(
  result: DuckDBResult,
  types: readonly PhysicalType[],
  guard: Guard,
  close: () => Promise<void>,
): AsyncGenerator<Chunk, void, undefined> {
  const fetch = (): Promise<DuckDBDataChunk | null> => {
    const next = guard.run(() => result.fetchChunk())
    // It may fail while nobody waits for it; whoever asks for it next sees the failure.
    next.catch(() => undefined)
    return next
  }
  try {
    let next = fetch()
    for (;;) {
      const chunk = await next
      if (chunk === null || chunk.rowCount === 0) return
      next = fetch()
      yield { length: chunk.rowCount, columns: readColumns(chunk.chunk, types) }
    }
  } finally {
    await close()
  }
}
