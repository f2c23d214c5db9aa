import type { ErrorCode } from '../../../errors/index.ts'

/** An error of a JavaScript function; its message carries Trino's code out of the engine as the failing casts do. */
export class UdfError extends Error {
  override readonly name = 'UdfError'

  constructor(code: ErrorCode, message: string) {
    super(`TRINO:${code}:${message}`)
  }
}

export const badArgument = (message: string): UdfError => new UdfError('INVALID_FUNCTION_ARGUMENT', message)
