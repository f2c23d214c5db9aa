import { rm } from 'node:fs/promises'
import { quoteSqlString } from '../../engine/instance.ts'
import type { TableEngine } from '../../engine/table-engine.ts'
import { isTraillakeError, TraillakeError } from '../../errors/index.ts'
import type { ObjectStore } from '../../storage/index.ts'
import { damagedFile, GONE, isGoneToEngine } from '../damaged-file.ts'
import { keyOfCopy } from '../local-file.ts'
import type { CompactGroup } from './plan.ts'
import type { CompactFailure } from './types.ts'

/**
 * What a failure of the engine over some files is to callers: DATA_FILE_DAMAGED with the file at fault where one of them cannot
 * be read by itself, else STORAGE_FULL, STORAGE_DENIED, EXCEEDED_MEMORY_LIMIT or GENERIC_INTERNAL_ERROR.
 *
 * @param storage where the files were copied from, if they were: a damaged one is named by its key, and its copy goes
 */
export async function explainFailure(
  engine: TableEngine,
  paths: readonly string[],
  output: string,
  error: unknown,
  storage?: ObjectStore,
): Promise<Error> {
  if (error instanceof TraillakeError) return error
  const message = error instanceof Error ? error.message : String(error)
  const { code } = error as { code?: unknown }
  if (code === 'ENOSPC' || /no space left|disk quota/i.test(message)) {
    return new TraillakeError('STORAGE_FULL', { key: output }, { cause: error })
  }
  if (/out of memory/i.test(message)) return new TraillakeError('EXCEEDED_MEMORY_LIMIT', {}, { cause: error })
  for (const path of paths) {
    const damage = await readWhole(engine, path)
    if (!damage) continue
    const key = storage && keyOfCopy(storage, path)
    if (key === undefined) return damagedFile(path, damage, error)
    // The next who reads it gets it anew: it may be mended by then, or only the copy was damaged.
    await rm(path, { force: true })
    return damagedFile(key, damage.replaceAll(path, key), error)
  }
  if (code === 'EACCES' || /permission denied/i.test(message)) {
    return new TraillakeError('STORAGE_DENIED', { operation: 'write', key: output }, { cause: error })
  }
  return new TraillakeError('GENERIC_INTERNAL_ERROR', { message }, { cause: error })
}

/** Reads every value of a file; why that failed. */
async function readWhole(engine: TableEngine, path: string): Promise<string | undefined> {
  try {
    const sql = `SELECT sum(hash(COLUMNS(*)))::VARCHAR FROM read_parquet([${quoteSqlString(path)}], hive_partitioning=false)`
    for await (const _ of engine.rows(sql));
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (/out of memory/i.test(message)) return undefined
    return isGoneToEngine(message) ? GONE : message.split('\n')[0]
  }
}

export function describeFailure(group: CompactGroup, error: unknown): Omit<CompactFailure, 'store' | 'table'> {
  const first = group.files[0]!.key
  if (!isTraillakeError(error)) return { file: first, code: 'GENERIC_INTERNAL_ERROR', reason: String(error) }
  const { file } = error.params as { readonly file?: string }
  return { file: file ?? first, code: error.code, reason: error.message }
}
