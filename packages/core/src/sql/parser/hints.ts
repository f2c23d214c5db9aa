import type { Token } from '../tokens.ts'
export function hintFor(_token: Token, _tokens: readonly Token[]): string | undefined {
  return undefined
}
