import { TraillakeError } from '../errors/index.ts'
import { planLayout } from './format/layout.ts'
import { planSpacing } from './format/spacing.ts'
import { writeTokens } from './format/write.ts'
import { lex } from './lexer.ts'
import { parse } from './parse.ts'
import type { Token } from './tokens.ts'

export interface FormatOptions {
  /** Columns that a line should not pass; default 100. A token is never broken. */
  readonly width?: number
}

/**
 * Lays out a query: clauses under each other where one line is not enough, two blanks an indent, keywords in upper case.
 *
 * The tokens stay as they are (names, function names, types and literals to the letter) and so do comments, each where it
 * stood between them; so the text means what it meant. Formatting what is formatted changes nothing. Ends with a line end.
 *
 * Errors are those of `parse`: what is no query is not touched.
 */
export function format(text: string, { width = 100 }: FormatOptions = {}): string {
  const query = parse(text)
  const { tokens: all, comments } = lex(text)
  const tokens = all.slice(0, -1)
  const spacing = planSpacing(tokens, query)
  const layout = planLayout(tokens, query, spacing)
  const formatted = `${writeTokens({ text, tokens, comments, spacing, layout, width })}\n`
  if (!sameTokens(tokens, lex(formatted).tokens)) {
    throw new TraillakeError('GENERIC_INTERNAL_ERROR', { message: 'formatting would have changed the query' })
  }
  return formatted
}

/** Words may differ in letter case; whether they may is decided before. */
function sameTokens(before: readonly Token[], after: readonly Token[]): boolean {
  return (
    after.length === before.length + 1 &&
    before.every(({ tokenType, image }, i) => {
      const other = after[i]!
      return other.tokenType === tokenType && (other.image === image || other.image === image.toUpperCase())
    })
  )
}
