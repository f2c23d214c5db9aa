import type { LogFileRead, LogFileStream, ReadOptions } from './outcome.ts'
import type { RecordScanner } from './scanner.ts'

/** Reads the bytes of a file, gzip or not. Throws nothing: damage is an outcome. */
export function readLogFile(_bytes: Uint8Array, _scanner: RecordScanner, _options?: ReadOptions): LogFileRead {
  throw new Error('to be written')
}

/** As `readLogFile`, in bounded memory. */
export function streamLogFile(_bytes: Uint8Array, _scanner: RecordScanner, _options?: ReadOptions): Promise<LogFileStream> {
  throw new Error('to be written')
}
