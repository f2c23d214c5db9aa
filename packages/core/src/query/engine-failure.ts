import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { damagedFile, GONE, isGoneToEngine } from '../lake/damaged-file.ts'
import { fromEngineMessage } from '../sql/emit/engine-error.ts'

/**
 * The error that a caller sees for whatever went wrong while a query ran.
 *
 * The engine's own words speak of emitted SQL and of paths: they stay in `cause`.
 */
export function explainFailure(error: unknown, text: string): TraillakeError {
  if (isTraillakeError(error)) return error.locate(text)
  const message = error instanceof Error ? error.message : String(error)
  if (/^(IO Error|Permission Error|HTTP Error)/.test(message) || UNREADABLE.test(message)) {
    const file = dataFileOf(message)
    const elsewhere = ELSEWHERE.exec(message)?.[0].toLowerCase()
    if (file !== undefined && elsewhere === undefined) {
      return damagedFile(file, isGoneToEngine(message) ? GONE : 'it cannot be read', error)
    }
    const reason = elsewhere ?? 'it is missing, damaged or not readable'
    return new TraillakeError(
      'STORAGE_ERROR',
      { operation: 'read', key: file ?? 'a data file', reason },
      { cause: error },
    )
  }
  if (message.includes('max_temp_directory_size')) {
    const hint = 'allow more with tempBytes, give more memory, or ask for less: fewer columns, a shorter time'
    return new TraillakeError('EXCEEDED_SPILL_LIMIT', {}, { cause: error, hint })
  }
  const known = fromEngineMessage(message)
  if (known.code !== 'GENERIC_INTERNAL_ERROR') return known
  return new TraillakeError('GENERIC_INTERNAL_ERROR', { message: 'the query could not be run' }, { cause: error })
}

const UNREADABLE =
  /No magic bytes|too small to be a Parquet file|\.parquet['"]?[:,. ].*(?:corrupt|decompress|thrift|schema mismatch)/i

/** Failures that say nothing about the file itself. */
const ELSEWHERE = /No space left|Permission denied|Too many open files|Input\/output error/i

/** The data file that the engine's message names, from the store's folder on. */
function dataFileOf(message: string): string | undefined {
  return /(stores\/[0-9a-f-]{36}\/[^"'\s]+\.parquet)/.exec(message)?.[1]
}
