import { EOF, type TokenType } from 'chevrotain'
import * as t from './tokens.ts'
import { K } from './tokens.ts'

const queryStarts: ReadonlySet<TokenType> = new Set([K.SELECT, K.VALUES, K.TABLE, K.WITH])

/**
 * Notes on every opening parenthesis whether a query stands in it and what follows its partner.
 *
 * `((SELECT 1) + 1)` and `((SELECT 1) UNION SELECT 2)` differ only after the inner group, and `(a, b) -> …` differs from
 * `(a, b)` only after the whole one: with this at hand one token of lookahead is enough for the parser. Innermost groups
 * are done first, so nothing here is recursive and the cost is one visit a token.
 * A group that is never closed counts as closed at the end.
 */
export function markGroups(tokens: readonly t.Token[]): void {
  const open: number[] = []
  tokens.forEach((token, i) => {
    if (token.tokenType === t.LParen) {
      token.group = { query: false, next: EOF }
      open.push(i)
    } else if (token.tokenType === t.RParen && open.length > 0) {
      tokens[open.pop()!]!.group = { query: false, next: tokens[i + 1]?.tokenType ?? EOF }
    }
  })
  // From the right: a group's content starts to the right of its bracket.
  for (let i = tokens.length - 1; i >= 0; i--) {
    const token = tokens[i]!
    if (token.group) token.group = { query: queryIn(tokens, i + 1), next: token.group.next }
  }
}

function queryIn(tokens: readonly t.Token[], at: number): 'plain' | 'with' | false {
  const first = tokens[at]
  if (!first) return false
  if (queryStarts.has(first.tokenType)) return first.tokenType === K.WITH ? 'with' : 'plain'
  return first.group?.query === 'plain' && continuesQuery(first.group.next) ? 'plain' : false
}

/** Whether a bracketed query with this after it is part of a larger query, rather than a value or a relation. */
function continuesQuery(next: TokenType): boolean {
  return queryContinuations.has(next)
}

const queryContinuations: ReadonlySet<TokenType> = new Set([
  ...[t.RParen, K.UNION, K.INTERSECT, K.EXCEPT, K.ORDER, K.OFFSET, K.LIMIT, K.FETCH],
])
