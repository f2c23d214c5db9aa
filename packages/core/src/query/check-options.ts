import { TraillakeError } from '../errors/index.ts'
import type { QueryOptions } from './types.ts'

const KNOWN: Readonly<Record<keyof QueryOptions, true>> = {
  signal: true,
  bigints: true,
  rowMode: true,
  placeholders: true,
  parameters: true,
  timeoutMs: true,
  maxRows: true,
  maxBytes: true,
  prune: true,
  remember: true,
}

/** Refuses options that are unknown or mean nothing, with INVALID_OPTION. */
export function checkQueryOptions(options: QueryOptions): void {
  const { bigints, rowMode, timeoutMs, placeholders, parameters, prune, remember } = options
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(KNOWN, name))
  if (unknown !== undefined) throw refusal(unknown, 'is not known')
  if (bigints !== undefined && bigints !== 'auto' && bigints !== 'always')
    throw refusal('bigints', "must be 'auto' or 'always'")
  if (rowMode !== undefined && rowMode !== 'object' && rowMode !== 'array')
    throw refusal('rowMode', "must be 'object' or 'array'")
  // A timer holds no more than 31 bits.
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31))
    throw refusal('timeoutMs', 'must be a positive number of milliseconds')
  for (const name of ['maxRows', 'maxBytes'] as const) {
    const limit = options[name]
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0))
      throw refusal(name, 'must be a whole number from 0')
  }
  for (const [name, value] of Object.entries({ prune, remember }))
    if (value !== undefined && typeof value !== 'boolean') throw refusal(name, 'must be true or false')
  const notText = Object.entries(placeholders ?? {}).find(([, value]) => typeof value !== 'string')
  if (notText) throw refusal('placeholders', `must be names of stores: ${notText[0]} is none`)
  if (parameters !== undefined) checkParameters(parameters)
}

/** Refuses what cannot name a query or a view. */
export function checkDocumentName(name: unknown): void {
  if (isDocumentName(name)) return
  throw refusal('name', 'must be 1 to 128 letters, digits, ".", "_" or "-", a letter or digit first')
}

export function isDocumentName(name: unknown): boolean {
  return typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)
}

/** Refuses values that no literal of SQL stands for. */
export function checkParameters(parameters: readonly unknown[]): void {
  if (!Array.isArray(parameters)) throw refusal('parameters', 'must be an array of values')
  const odd = parameters.findIndex(
    (value) =>
      value !== null &&
      !['string', 'bigint', 'boolean'].includes(typeof value) &&
      !(typeof value === 'number' && Number.isFinite(value)),
  )
  if (odd !== -1)
    throw refusal('parameters', `must be texts, numbers, booleans or null: that of ? number ${odd + 1} is none`)
}

function refusal(option: string, reason: string): TraillakeError {
  return new TraillakeError('INVALID_OPTION', { option, reason })
}
