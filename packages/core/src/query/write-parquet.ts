import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, rename, rm } from 'node:fs/promises'
import type { EngineResult } from '../engine/stream.ts'
import { TraillakeError } from '../errors/index.ts'
import { decodeRows, parquetSelect, valueForm } from '../results/index.ts'
import { array, BIGINT, formatType, VARCHAR } from '../schema/index.ts'
import { errnoOf, storageError } from '../storage/errors.ts'
import { checkQueryOptions } from './check-options.ts'
import { fetchViews } from './copies/local-views.ts'
import { explainFailure } from './engine-failure.ts'
import { planQuery } from './plan-query.ts'
import { engineRequest, type QueryContext } from './run-query.ts'
import type { QueryOptions, QueryStatistics, ResultColumn } from './types.ts'

/** An answer that was written to a file. */
export interface WrittenResult {
  readonly queryId: string
  /** As the query has them; in the file, labels that are equal but for letter case are told apart by a number. */
  readonly columns: readonly ResultColumn[]
  readonly statistics: QueryStatistics
}

export type WriteParquetOptions = Pick<
  QueryOptions,
  'signal' | 'timeoutMs' | 'placeholders' | 'parameters' | 'prune' | 'maxRows'
>

/**
 * Runs one Lake query and has the engine write its rows as a Parquet file, which then appears whole at `path`, in place of one that
 * was there. Whatever fails leaves nothing behind.
 *
 * Errors: those of `query`, NOT_SUPPORTED for types that Parquet does not have, STORAGE_ERROR, STORAGE_FULL, STORAGE_DENIED.
 */
export async function writeParquet(
  context: QueryContext,
  path: string,
  text: string,
  options: WriteParquetOptions = {},
): Promise<WrittenResult> {
  checkQueryOptions(options)
  if (typeof path !== 'string' || path === '')
    throw new TraillakeError('INVALID_OPTION', { option: 'path', reason: 'must name a file' })
  const receivedAt = performance.now()
  const plan = await planQuery(context, text, options)
  const { columns } = plan.translation
  const startedAt = performance.now()
  try {
    const select = parquetSelect(plan.translation.sql, columns)
    const { maxRows } = options
    const engine = await context.engine()
    const views = await fetchViews(context.lake, context.footers, plan, options.signal)
    const result = await engine.execute(
      {
        ...engineRequest({ ...plan, views }),
        // One more tells that there are too many.
        sql: maxRows === undefined ? select : `${select} LIMIT ${maxRows + 1}`,
        asParquet: true,
      },
      options,
    )
    const { rows, file } = await takeFile(result)
    try {
      if (rows > (maxRows ?? Infinity)) throw new TraillakeError('EXCEEDED_RESULT_LIMIT', { limit: `${maxRows} rows` })
      await moveOver(file, path)
    } finally {
      await rm(file, { force: true })
    }
    const now = performance.now()
    const { translateMs, pruneMs } = plan
    return {
      queryId: randomUUID(),
      columns: columns.map(({ name, type }) => ({ name, type: formatType(type) })),
      statistics: {
        ...plan.statistics,
        translateMs,
        pruneMs,
        rows,
        executeMs: now - startedAt,
        totalMs: now - receivedAt,
      },
    }
  } catch (error) {
    throw explainFailure(error, text)
  }
}

const WRITTEN = [
  { name: 'rows', type: BIGINT },
  { name: 'files', type: array(VARCHAR) },
] as const

async function takeFile(result: EngineResult): Promise<{ readonly rows: number; readonly file: string }> {
  const found: (readonly unknown[])[] = []
  for await (const chunk of result.chunks()) found.push(...decodeRows(WRITTEN, chunk, valueForm('auto')))
  const [[rows, [file]]] = found as [[number, [string]]]
  return { rows, file }
}

/** By its last step the file is there at once and whole. */
async function moveOver(file: string, path: string): Promise<void> {
  const beside = `${path}.${randomUUID()}`
  try {
    try {
      await rename(file, path)
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error
      await copyFile(file, beside)
      await rename(beside, path)
    }
  } catch (error) {
    await rm(beside, { force: true })
    // It lies in the folder of an engine process, which goes with the process.
    if (!existsSync(file)) throw new TraillakeError('ENGINE_FAILED', { reason: 'its files are gone' }, { cause: error })
    throw storageError(error, 'write', path, path)
  }
}
