import type { ErrorCode } from '../../errors/index.ts'
import type { PhysicalType } from '../physical-type.ts'
import type { EngineRequest } from '../query-engine.ts'
import type { SandboxOptions } from '../sandbox.ts'
import type { Chunk } from '../stream.ts'

/** A query as it goes to an engine process: functions by name, since code cannot be sent. */
export interface SentRequest extends Omit<EngineRequest, 'functions'> {
  readonly functions: readonly string[]
}

/** What the parent asks of an engine process, one thing at a time; each is answered once. */
export type Ask =
  | { readonly kind: 'open'; readonly options: SandboxOptions }
  | { readonly kind: 'execute'; readonly request: SentRequest }
  | { readonly kind: 'next' }
  | { readonly kind: 'close' }

/** `close` may come while another question is open: the number tells which one an answer is to. */
export type Question = Ask & { readonly id: number }

export type Answer =
  | { readonly id: number; readonly kind: 'done' }
  | { readonly id: number; readonly kind: 'started'; readonly types: readonly PhysicalType[] }
  /** Undefined: there are no more. `isLast`: nothing comes after it, and the result is closed. */
  | { readonly id: number; readonly kind: 'chunk'; readonly chunk: Chunk | undefined; readonly isLast: boolean }
  | { readonly id: number; readonly kind: 'failed'; readonly error: SentError }

/** An error as what it is made from. */
export interface SentError {
  readonly code: ErrorCode | undefined
  readonly params: object
  readonly message: string
}
