import { isTraillakeError, renderError } from '@traillake/core/errors'
import { EXIT, exitCodeOfKind } from '../exit-codes.ts'
import { errorColors as colors } from './colors.ts'

/** Prints an error for a person and gives the exit code that fits it. */
export function reportError(error: unknown): number {
  if (isTraillakeError(error)) {
    for (const one of [error, ...error.others]) process.stderr.write(`${colors.red(renderError(one))}\n`)
    if (error.kind === 'INTERNAL_ERROR') printStack(error.cause ?? error)
    return error.code === 'CANCELLED' ? EXIT.interrupted : exitCodeOfKind[error.kind]
  }
  process.stderr.write(`${colors.red('this is a bug of traillake, not of your input:')}\n`)
  printStack(error)
  return EXIT.bug
}

function printStack(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}
