import { createToken, EOF, type IToken, Lexer, type TokenType } from 'chevrotain'
import { contextualWords, type Keyword, reservedWords } from './keywords.ts'

/** A token of a query; `group` is set on every opening parenthesis. */
export interface Token extends IToken {
  readonly endOffset: number
  group?: Group
}

/** What stands between an opening bracket and its partner, found before parsing so that no rule has to guess. */
export interface Group {
  /** The bracket's content is a query; `with` when that query starts with WITH, which not every place allows. */
  readonly query: false | 'plain' | 'with'
  /** What comes after the closing bracket. */
  readonly next: TokenType
}

const token = (name: string, label: string, ...categories: TokenType[]) =>
  createToken({ name, label, pattern: Lexer.NA, categories })

/** Whatever a grammar rule may take for a name; unquoted names that start with a digit are refused once read. */
export const AnyName = token('AnyName', '<identifier>')
export const Identifier = token('Identifier', '<identifier>', AnyName)
export const QuotedIdentifier = token('QuotedIdentifier', '<identifier>', AnyName)
export const DigitIdentifier = token('DigitIdentifier', '<identifier>', AnyName)
export const BackquotedIdentifier = token('BackquotedIdentifier', '<identifier>', AnyName)
/** A bare event data store id, or `$NAME`, which stands for one. */
export const StoreName = token('StoreName', '<identifier>')

export const AnyString = token('AnyString', '<string>')
export const StringToken = token('StringToken', '<string>', AnyString)
export const UnicodeString = token('UnicodeString', '<string>', AnyString)
export const BinaryToken = token('BinaryToken', '<binary>')
export const AnyNumber = token('AnyNumber', '<number>')
export const IntegerToken = token('IntegerToken', '<integer>', AnyNumber)
export const DecimalToken = token('DecimalToken', '<number>', AnyNumber)
export const DoubleToken = token('DoubleToken', '<number>', AnyNumber)

export const ComparisonToken = token('ComparisonToken', '<comparison>')
export const BinaryOperator = token('BinaryOperator', '<operator>')
export const Sign = token('Sign', "'-'")
export const Equal = token('Equal', "'='", ComparisonToken)
export const NotEqual = token('NotEqual', "'<>'", ComparisonToken)
export const Less = token('Less', "'<'", ComparisonToken)
export const LessEqual = token('LessEqual', "'<='", ComparisonToken)
export const Greater = token('Greater', "'>'", ComparisonToken)
export const GreaterEqual = token('GreaterEqual', "'>='", ComparisonToken)
export const Plus = token('Plus', "'+'", BinaryOperator, Sign)
export const Minus = token('Minus', "'-'", BinaryOperator, Sign)
export const Asterisk = token('Asterisk', "'*'", BinaryOperator)
export const Slash = token('Slash', "'/'", BinaryOperator)
export const Percent = token('Percent', "'%'", BinaryOperator)
export const Concat = token('Concat', "'||'", BinaryOperator)
export const Arrow = token('Arrow', "'->'")
export const DoubleArrow = token('DoubleArrow', "'=>'")
export const Dot = token('Dot', "'.'")
export const Comma = token('Comma', "','")
export const Colon = token('Colon', "':'")
export const Semicolon = token('Semicolon', "';'")
export const Question = token('Question', "'?'")
export const LParen = token('LParen', "'('")
export const RParen = token('RParen', "')'")
export const LBracket = token('LBracket', "'['")
export const RBracket = token('RBracket', "']'")
/** A character that starts no token: it is refused where the grammar meets it, as Trino does. */
export const Unrecognized = token('Unrecognized', '<character>')

/** The token type of each keyword. */
export const K = {
  ...Object.fromEntries(reservedWords.map((word) => [word, token(word, `'${word}'`)])),
  ...Object.fromEntries(contextualWords.map((word) => [word, token(word, `'${word}'`, AnyName)])),
} as Readonly<Record<Keyword, TokenType>>

/** Token type by upper-case word. */
export const keywordTokens: ReadonlyMap<string, TokenType> = new Map(Object.entries(K))

/** Token type by spelling, for everything that is neither a word nor a literal. */
export const symbolTokens: ReadonlyMap<string, TokenType> = new Map([
  ['=', Equal],
  ['<>', NotEqual],
  ['!=', NotEqual],
  ['<', Less],
  ['<=', LessEqual],
  ['>', Greater],
  ['>=', GreaterEqual],
  ['+', Plus],
  ['-', Minus],
  ['*', Asterisk],
  ['/', Slash],
  ['%', Percent],
  ['||', Concat],
  ['->', Arrow],
  ['=>', DoubleArrow],
  ['.', Dot],
  [',', Comma],
  [':', Colon],
  [';', Semicolon],
  ['?', Question],
  ['(', LParen],
  [')', RParen],
  ['[', LBracket],
  [']', RBracket],
])

export const allTokens: readonly TokenType[] = [
  ...[AnyName, Identifier, QuotedIdentifier, DigitIdentifier, BackquotedIdentifier, StoreName],
  ...[AnyString, StringToken, UnicodeString, BinaryToken, AnyNumber, IntegerToken, DecimalToken, DoubleToken],
  ...[ComparisonToken, BinaryOperator, Sign],
  ...new Set(symbolTokens.values()),
  ...[Unrecognized, EOF],
  ...keywordTokens.values(),
]

/** Whether a token is of a type or of one of the types it stands for. */
export function isA(found: TokenType, type: TokenType): boolean {
  return found === type || type.categoryMatchesMap?.[found.tokenTypeIdx!] === true
}
