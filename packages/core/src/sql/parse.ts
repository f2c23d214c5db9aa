import { TraillakeError } from '../errors/index.ts'
import type * as ast from './ast.ts'
import { lex } from './lexer.ts'
import { checkCharacters } from './parser/characters.ts'
import { syntaxError } from './parser/fault.ts'
import { type Following, followingTokens } from './parser/follow.ts'
import { checkDepth, maxDepth, tooDeep } from './parser/nesting.ts'
import { QueryParser } from './parser/queries.ts'
import { checkStatement } from './parser/statement.ts'
import type { Token } from './tokens.ts'

/**
 * Parses one query; one semicolon after it is accepted.
 *
 * Throws SYNTAX_ERROR in Trino's words, also for several statements, NOT_A_QUERY for one that is no query, and NOT_SUPPORTED for what
 * is not known here and for statements that are nested too deeply; each with its place in `text`.
 */
export function parse(text: string): ast.Query {
  return run(text, (parser, tokens) => {
    checkStatement(tokens)
    return parser.statement()
  })
}

/** Parses one expression; errors as for `parse`. */
export function parseExpression(text: string): ast.Expression {
  return run(text, (parser) => parser.standaloneExpression())
}

/** What the grammar allows after the first tokens of a query. */
export function whatFollows(tokens: readonly Token[]): Following {
  shared ??= new QueryParser()
  return followingTokens(shared, tokens)
}

// Building the parser takes tens of milliseconds: not before there is something to parse.
let shared: QueryParser | undefined

function run<N extends ast.Node>(text: string, rule: (parser: QueryParser, tokens: readonly Token[]) => N): N {
  try {
    checkCharacters(text)
    const { tokens } = lex(text)
    shared ??= new QueryParser()
    shared.start(tokens)
    const tree = rule(shared, tokens)
    const [error] = shared.errors
    if (error) throw syntaxError(error, tokens)
    if (shared.refusal) throw shared.refusal
    if (tokens.length > maxDepth) checkDepth(tree)
    return tree
  } catch (error) {
    throw located(error, text)
  }
}

function located(error: unknown, text: string): unknown {
  if (error instanceof TraillakeError) return error.locate(text)
  // The stack gave out: the caller's own depth may leave less of it than nesting is checked for.
  if (!(error instanceof RangeError)) return error
  const place = shared?.place
  shared = undefined
  return tooDeep(place).locate(text)
}
