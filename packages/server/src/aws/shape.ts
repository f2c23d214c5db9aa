import type { FaultName } from './faults.ts'

/** What a member of a request may be: the published limits and patterns as data, read by one validator (`read-input.ts`). */
export type Shape =
  | StringShape
  | { readonly kind: 'integer'; readonly min?: number; readonly max?: number; readonly fault?: FaultName }
  | { readonly kind: 'boolean'; readonly fault?: FaultName }
  | { readonly kind: 'timestamp'; readonly fault?: FaultName }
  | ListShape
  | StructureShape

export interface StringShape {
  readonly kind: 'string'
  /** In UTF-16 units, as AWS counts. */
  readonly min?: number
  readonly max?: number
  /** The whole text has to match. */
  readonly pattern?: RegExp
  readonly values?: readonly string[]
  /** What the operation answers where it knows this fault; else INVALID_PARAMETER or VALIDATION. */
  readonly fault?: FaultName
}

export interface ListShape<S extends Shape = Shape> {
  readonly kind: 'list'
  readonly of: S
  readonly min?: number
  readonly max?: number
  readonly fault?: FaultName
}

export interface StructureShape<M extends Members = Members> {
  readonly kind: 'structure'
  readonly members: M
  readonly fault?: FaultName
}

export interface Required<S extends Shape = Shape> {
  readonly required: S
}

/** Members by name; one that must be there is wrapped in `required`. */
export type Members = { readonly [name: string]: Shape | Required }

export function required<const S extends Shape>(shape: S): Required<S> {
  return { required: shape }
}

/** What the validator gives for a shape: timestamps are Dates. */
export type ValueOf<S> = S extends { kind: 'string'; values: readonly (infer V)[] }
  ? V
  : S extends { kind: 'string' }
    ? string
    : S extends { kind: 'integer' }
      ? number
      : S extends { kind: 'boolean' }
        ? boolean
        : S extends { kind: 'timestamp' }
          ? Date
          : S extends { kind: 'list'; of: infer T }
            ? readonly ValueOf<T>[]
            : S extends { kind: 'structure'; members: infer M }
              ? InputOf<M>
              : never

export type InputOf<M> = {
  readonly [N in keyof M as M[N] extends Required ? N : never]: M[N] extends Required<infer S> ? ValueOf<S> : never
} & { readonly [N in keyof M as M[N] extends Required ? never : N]?: ValueOf<M[N]> }
