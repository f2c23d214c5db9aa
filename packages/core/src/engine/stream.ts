import type { DuckDBDataChunk, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api'
import type { Guard } from './guard.ts'
import { type PhysicalType, physicalType } from './physical-type.ts'
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

/** A statement that runs, and the types of its columns. */
export interface RunningStatement {
  readonly result: DuckDBResult
  readonly types: readonly PhysicalType[]
}

export async function startStream(prepared: DuckDBPreparedStatement): Promise<RunningStatement> {
  const result = await prepared.stream()
  return { result, types: result.columnTypes().map(physicalType) }
}

/**
 * Fetches one chunk ahead, so that the engine works while its last chunk is being used; never more.
 *
 * @param close frees the connection; called when the rows are at their end or not wanted any more
 * @param onEnd called before it where all rows were taken
 */
export async function* readChunks(
  { result, types }: RunningStatement,
  guard: Guard,
  close: () => Promise<void>,
  onEnd: () => void,
): AsyncGenerator<Chunk, void, undefined> {
  const fetch = (): Promise<DuckDBDataChunk | null> => {
    const next = guard.run(() => result.fetchChunk())
    // It may fail while nobody waits for it; whoever asks for it next sees the failure.
    next.catch(() => undefined)
    return next
  }
  let hasFailed = false
  try {
    let next = fetch()
    for (;;) {
      const chunk = await next
      if (chunk === null || chunk.rowCount === 0) {
        onEnd()
        return
      }
      next = fetch()
      yield { length: chunk.rowCount, columns: readColumns(chunk.chunk, types) }
    }
  } catch (error) {
    hasFailed = true
    throw error
  } finally {
    // Whoever stopped the query need not wait until the engine has.
    const closed = close()
    if (!hasFailed) await closed
  }
}
