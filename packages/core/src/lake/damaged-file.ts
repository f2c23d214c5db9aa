import { TraillakeError } from '../errors/index.ts'

/** Why a file that a table names cannot be read: it is gone. */
export const GONE = 'nothing is there'

const HINT =
  'traillake verify lists every file that is missing or damaged: put them back from a copy of the lake, or undo the imports of their events and import again'

/**
 * DATA_FILE_DAMAGED: a data file or a ledger file is gone, or cannot be read.
 *
 * @param file its key, or its path where that is all that is known
 */
export function damagedFile(file: string, reason: string, cause?: unknown): TraillakeError<'DATA_FILE_DAMAGED'> {
  return new TraillakeError('DATA_FILE_DAMAGED', { file, reason }, { cause, hint: HINT })
}

/** Does the engine say that a file is not there? */
export function isGoneToEngine(message: string): boolean {
  return /No such file or directory|No files found that match/.test(message)
}
