import type { ErrorDefinition, ErrorKind } from '../codes.ts'

/** Defines one row of the code table; `P` is what the message is made from. */
export function define<P>(kind: ErrorKind, message: (params: P) => string): ErrorDefinition<P> {
  return { kind, message }
}
