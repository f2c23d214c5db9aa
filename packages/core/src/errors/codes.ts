import { engineCodes } from './codes/engine.ts'
import { lakeCodes } from './codes/lake.ts'
import { sqlCodes } from './codes/sql.ts'
import { storageCodes } from './codes/storage.ts'

/** Who is at fault: the caller, a limit, something outside (disk, network, rights), or traillake itself. */
export type ErrorKind = 'USER_ERROR' | 'INSUFFICIENT_RESOURCES' | 'EXTERNAL' | 'INTERNAL_ERROR'

/** One row of the code table: who is at fault, and the message as a function of its parameters. */
export interface ErrorDefinition<P = never> {
  readonly kind: ErrorKind
  readonly message: (params: P) => string
}

/** Every code there is. Codes are public API: docs/errors.md lists them and a test compares both. */
export const errorCodes = { ...sqlCodes, ...storageCodes, ...engineCodes, ...lakeCodes } as const

export type ErrorCode = keyof typeof errorCodes
export type ErrorParams<C extends ErrorCode> = Parameters<(typeof errorCodes)[C]['message']>[0]
