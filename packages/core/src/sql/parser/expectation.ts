import { EOF, type IParserErrorMessageProvider, type TokenType } from 'chevrotain'
import * as t from '../tokens.ts'

/** What could have stood in the place of an unexpected token, in Trino's notation; empty when the list would mislead. */
export const expectation: IParserErrorMessageProvider = {
  // After a complete query nearly anything could have followed.
  buildMismatchTokenMessage: ({ expected }) => (expected === EOF ? '' : labels([expected])),
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: ({ expectedPathsPerAlt, customUserDescription }) =>
    customUserDescription ?? labels(expectedPathsPerAlt.flatMap((paths) => paths.map((path) => path[0]!))),
  buildEarlyExitMessage: ({ expectedIterationPaths, customUserDescription }) =>
    customUserDescription ?? labels(expectedIterationPaths.map((path) => path[0]!)),
}

function labels(types: readonly TokenType[]): string {
  // Only a rule that may start with any expression starts with so many tokens.
  if (types.includes(t.IntegerToken) && types.includes(t.LParen)) {
    return types.includes(t.Asterisk) ? "'*', <expression>" : '<expression>'
  }
  const found = [...new Set(types.map((type) => type.LABEL ?? type.name))].sort()
  return found.length > 12 ? '' : found.join(', ')
}
