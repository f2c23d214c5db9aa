import { createHash } from 'node:crypto'
import { AwsFault, type FaultName } from './faults.ts'

/** Members that may change from page to page. */
const FREE = new Set(['NextToken', 'MaxResults', 'MaxQueryResults'])

/**
 * Makes the token of the next page: where it starts, bound to the operation and all other parameters of the call, so that a
 * token of another call is told from one that fits.
 */
export function pageToken(operation: string, input: object, start: unknown): string {
  const position = Buffer.from(JSON.stringify(start)).toString('base64url')
  return `${position}.${seal(operation, input, position)}`
}

/** Reads what `pageToken` made; undefined without a token. Throws the fault for any other text. */
export function pageStart<T>(
  operation: string,
  input: { readonly NextToken?: string },
  fault: FaultName = 'InvalidNextTokenException',
): T | undefined {
  if (input.NextToken === undefined) return undefined
  const [position = '', mark, ...rest] = input.NextToken.split('.')
  if (rest.length > 0 || mark !== seal(operation, input, position)) {
    throw new AwsFault(fault, 'The token is not valid, or the other parameters are not those of the call that gave it.')
  }
  return JSON.parse(Buffer.from(position, 'base64url').toString('utf8')) as T
}

/** One page of a list that is at hand, by offset. */
export function pageOf<T>(
  operation: string,
  input: { readonly NextToken?: string },
  items: readonly T[],
  size: number,
  fault?: FaultName,
): { readonly items: readonly T[]; readonly next: { readonly NextToken?: string } } {
  const start = pageStart<number>(operation, input, fault) ?? 0
  const end = start + size
  return {
    items: items.slice(start, end),
    next: end < items.length ? { NextToken: pageToken(operation, input, end) } : {},
  }
}

function seal(operation: string, input: object, position: string): string {
  const parameters = Object.entries(input)
    .filter(([name]) => !FREE.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([operation, parameters, position]))
    .digest('base64url')
    .slice(0, 22)
}
