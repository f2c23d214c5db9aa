import type { Located } from '../ast.ts'
import type { Token } from '../tokens.ts'

/** Where in a text's tokens a node starts and ends, both inclusive. */
export interface Places {
  first(node: Located): number
  last(node: Located): number
  /** A node that the text only implies has no token of its own. */
  isWritten(node: Located): boolean
}

export function createPlaces(tokens: readonly Token[]): Places {
  const starts = new Map(tokens.map((token, i) => [token.startOffset, i]))
  const ends = new Map(tokens.map((token, i) => [token.endOffset + 1, i]))
  return {
    first: ({ span }) => starts.get(span.start)!,
    last: ({ span }) => ends.get(span.end)!,
    isWritten: ({ span }) => span.end > span.start,
  }
}
