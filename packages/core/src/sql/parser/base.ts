import { EmbeddedActionsParser, type ParserMethod, type TokenType } from 'chevrotain'
import { type Span, TraillakeError } from '../../errors/index.ts'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import { expectation } from './expectation.ts'
import { lazyLookahead } from './lookahead.ts'
import { maxNesting, tooDeep } from './nesting.ts'

/** A rule as other rules see it. */
export type Rule<Result, Arguments extends unknown[] = []> = ParserMethod<Arguments, Result>

/**
 * What all rules share: building nodes, looking ahead, and refusing.
 *
 * Rules are recorded once with empty tokens before the first parse, so whatever looks inside a token or a node stands in
 * an ACTION or in a gate. One token of lookahead decides everywhere; where the grammar needs more, a gate looks at the
 * next tokens or at what lexing noted on a bracket.
 */
export abstract class BaseParser extends EmbeddedActionsParser {
  abstract readonly expression: Rule<ast.Expression, [min?: number]>
  abstract readonly query: Rule<ast.Query>
  abstract readonly name: Rule<ast.Name>
  abstract readonly sortItems: Rule<ast.SortItem[]>
  abstract readonly window: Rule<ast.Window>
  abstract readonly type: Rule<ast.TypeNode>

  private parameters = 0
  private nesting = 0
  private readonly refusals: TraillakeError[] = []

  /** @param validate checks the grammar itself, which takes far longer than building the parser: for tests. */
  constructor(validate: boolean) {
    super([...t.allTokens], {
      maxLookahead: 1,
      lookaheadStrategy: lazyLookahead(),
      recoveryEnabled: false,
      skipValidations: !validate,
      errorMessageProvider: expectation,
    })
  }

  /** Defines a rule; `name` is that of the member it is kept in. */
  protected rule<R, A extends unknown[] = []>(name: string, impl: (...args: A) => R): Rule<R, A> {
    return this.RULE(name, impl)
  }

  /** Forgets the text before. */
  start(tokens: readonly t.Token[]): void {
    this.parameters = 0
    this.nesting = 0
    this.refusals.length = 0
    // The base class appends to what it gets.
    this.input = [...tokens]
  }

  /** Where reading got to. */
  get place(): Span {
    return spanOf(this.next())
  }

  /** The first refusal of something that is grammatical, in reading order. */
  get refusal(): TraillakeError | undefined {
    return this.refusals[0]
  }

  protected next(distance = 1): t.Token {
    return this.LA(distance) as t.Token
  }

  /** Whether the tokens ahead are of these types, in this order. */
  protected ahead(...types: readonly TokenType[]): boolean {
    return types.every((type, i) => t.isA(this.LA(i + 1).tokenType, type))
  }

  protected isNext(distance: number, types: ReadonlySet<TokenType>): boolean {
    return types.has(this.LA(distance).tokenType)
  }

  /** Offset of the next token: where a node starts. */
  protected here(): number {
    return this.LA(1).startOffset
  }

  /** Builds a node that goes from `start` to the token read last. */
  protected node<N extends object>(start: number, make: (span: Span) => N): N {
    return this.ACTION(() => make({ start, end: this.next(0).endOffset + 1 }))
  }

  /** Reads a token that stands for a value. */
  protected take<T>(type: TokenType, value: T): T {
    this.CONSUME(type)
    return value
  }

  /** Items with commas between them, at least one. */
  protected list<T>(item: () => T): T[] {
    const items: T[] = []
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => items.push(item()) })
    return items
  }

  /** Enters a construct that can contain itself. */
  protected descend(): void {
    this.nesting += 1
    if (this.nesting > maxNesting)
      this.ACTION(() => {
        throw tooDeep(this.place)
      })
  }

  protected ascend(): void {
    this.nesting -= 1
  }

  protected nextParameter(): number {
    this.parameters += 1
    return this.parameters - 1
  }

  /**
   * Remembers that something grammatical cannot be accepted. Thrown once the whole text is known to be grammatical, as
   * Trino does: a syntax error further on is reported first.
   */
  protected refuse(code: 'SYNTAX_ERROR' | 'NOT_SUPPORTED', message: string, span: Span, hint?: string): void {
    this.refusals.push(new TraillakeError(code, { message }, { span, hint }))
  }

  /** Refuses a construct by name, at once: its own grammar is not known here. */
  protected unsupported(what: string, span: Span, hint?: string): never {
    throw new TraillakeError('NOT_SUPPORTED', { message: `${what} is not supported` }, { span, hint })
  }

  protected mismatch(token: t.Token, expecting: string, hint?: string): never {
    const message = `mismatched input '${token.image}'. Expecting: ${expecting}`
    throw new TraillakeError('SYNTAX_ERROR', { message }, { span: spanOf(token), hint })
  }

  /** Whether the next name is an alias rather than the first word of a clause. */
  protected aliasAhead(): boolean {
    if (!this.ahead(t.AnyName)) return false
    const first = this.LA(1).tokenType
    const second = this.LA(2).tokenType
    if (first === K.LIMIT) return second !== t.IntegerToken && second !== t.Question && second !== K.ALL
    if (first === K.OFFSET) return second !== t.IntegerToken && second !== t.Question
    if (first === K.FETCH) return second !== K.FIRST && second !== K.NEXT
    if (first === K.TABLESAMPLE) return second !== K.BERNOULLI && second !== K.SYSTEM
    if (first === K.MATCH_RECOGNIZE) return second !== t.LParen
    if (first === K.WINDOW) return !this.ahead(K.WINDOW, t.AnyName, K.AS)
    return true
  }

  /** Whether the next word is the quantifier ALL or DISTINCT rather than a name. */
  protected quantifierAhead(): boolean {
    const second = this.LA(2).tokenType
    return this.ahead(K.DISTINCT) || (this.ahead(K.ALL) && (second === t.Asterisk || itemStartTypes.has(second)))
  }
}

export function spanOf(token: t.Token): Span {
  return { start: token.startOffset, end: token.endOffset + 1 }
}

/** What an expression or a grouping element may start with. */
const itemStarts: readonly TokenType[] = [
  ...[t.AnyName, t.StoreName, t.AnyString, t.AnyNumber, t.BinaryToken, t.Sign, t.Question, t.LParen, t.LBracket],
  ...[K.NULL, K.TRUE, K.FALSE, K.NOT, K.CASE, K.CAST, K.EXISTS, K.GROUPING, K.EXTRACT, K.TRIM, K.NORMALIZE, K.LISTAGG],
  ...[K.ROLLUP, K.CUBE],
  ...[K.CURRENT_DATE, K.CURRENT_TIME, K.CURRENT_TIMESTAMP, K.LOCALTIME, K.LOCALTIMESTAMP],
  ...[K.CURRENT_USER, K.CURRENT_CATALOG, K.CURRENT_SCHEMA, K.CURRENT_PATH],
  ...[K.JSON_EXISTS, K.JSON_VALUE, K.JSON_QUERY, K.JSON_OBJECT, K.JSON_ARRAY],
]

const itemStartTypes: ReadonlySet<TokenType> = new Set(
  t.allTokens.filter((type) => itemStarts.some((start) => t.isA(type, start))),
)
