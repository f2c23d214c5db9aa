import { EOF, type TokenType } from 'chevrotain'
import type { Span } from '../errors/index.ts'
import { markGroups } from './groups.ts'
import * as t from './tokens.ts'

/** A line or block comment with its marks, without the line end. */
export interface Comment {
  readonly span: Span
  readonly text: string
}

export interface LexResult {
  /** Ends with an EOF token that stands at the end of the text. */
  readonly tokens: readonly t.Token[]
  readonly comments: readonly Comment[]
}

const whiteSpace = /[ \t\r\n]+/y
const lineComment = /--[^\r\n]*/y
// A store's id is looked for before anything else that starts with a hexadecimal digit: 5e2676f8 alone is a double.
const storeId = /[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![A-Za-z0-9_])/y
const placeholder = /\$[A-Za-z_][A-Za-z0-9_]*/y
const word = /[A-Za-z_][A-Za-z0-9_]*/y
const digitWord = /[0-9][A-Za-z0-9_]+/y
const string = /'[^']*(?:''[^']*)*'/y
const unicodeString = /U&'[^']*(?:''[^']*)*'/iy
const binary = /X'[^']*'/iy
const quoted = /"[^"]*(?:""[^"]*)*"/y
const backQuoted = /`[^`]*(?:``[^`]*)*`/y
const symbol = /<>|!=|<=|>=|\|\||->|=>|[-=<>+*/%.,:;?()[\]]/y
const digits = '[0-9]+(?:_[0-9]+)*'
// Doubles, unlike integers and decimals, take no underscores.
const double = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)E[+-]?[0-9]+/iy
const decimal = new RegExp(`${digits}\\.(?:${digits})?|\\.${digits}`, 'y')
const integer = new RegExp(`0X(?:_?[0-9A-F])+|0O(?:_?[0-7])+|0B(?:_?[01])+|${digits}`, 'iy')

/**
 * Splits a text into tokens. Never fails: what is no token becomes one `Unrecognized` token a character, and the parser
 * refuses it where it stands, so that the first fault in reading order is the one reported.
 */
export function lex(text: string): LexResult {
  const tokens: t.Token[] = []
  const comments: Comment[] = []
  let at = 0
  // Once one block comment is not closed no later one is: not looking again keeps this linear.
  let unclosedComment = false

  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at
    return pattern.test(text) ? pattern.lastIndex - at : 0
  }
  const push = (tokenType: TokenType, length: number): void => {
    const startOffset = at
    at += length
    const image = text.slice(startOffset, at)
    tokens.push({ image, startOffset, endOffset: at - 1, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx! })
  }
  /** Pushes a token when the pattern matches here. */
  const take = (tokenType: TokenType, pattern: RegExp): boolean => {
    const length = match(pattern)
    if (length > 0) push(tokenType, length)
    return length > 0
  }
  /** The dot before a store's id is no decimal point. */
  const takeDot = (): boolean => {
    storeId.lastIndex = at + 1
    const dot = text[at] === '.' && storeId.test(text)
    if (dot) push(t.Dot, 1)
    return dot
  }
  const takeNumber = (): void => {
    // The longest reading wins; of two equally long ones the number wins over the (invalid) name.
    let [best, length]: [TokenType, number] = [t.IntegerToken, match(integer)]
    for (const [type, pattern] of numberPatterns) {
      const other = match(pattern)
      if (other > length) [best, length] = [type, other]
    }
    push(best, length)
  }
  const takeWord = (): void => {
    const length = match(word)
    const type = t.keywordTokens.get(text.slice(at, at + length).toUpperCase())
    push(type ?? t.Identifier, length)
  }
  const takeComment = (): boolean => {
    let end = at + match(lineComment)
    if (end === at && text.startsWith('/*', at) && !unclosedComment) {
      const close = text.indexOf('*/', at + 2)
      if (close === -1) unclosedComment = true
      else end = close + 2
    }
    if (end === at) return false
    comments.push({ span: { start: at, end }, text: text.slice(at, end) })
    at = end
    return true
  }

  while (at < text.length) {
    const space = match(whiteSpace)
    if (space > 0) {
      at += space
      continue
    }
    const char = text[at]!
    if (isHexDigit(char) && take(t.StoreName, storeId)) continue
    if (isDigit(char)) takeNumber()
    else if (char === '.' && isDigit(text[at + 1] ?? '')) takeDot() || takeNumber()
    else if (isLetter(char)) {
      if ((char === 'X' || char === 'x') && take(t.BinaryToken, binary)) continue
      if ((char === 'U' || char === 'u') && take(t.UnicodeString, unicodeString)) continue
      takeWord()
    } else if ((char === '-' || char === '/') && takeComment()) continue
    else if (char === "'" && take(t.StringToken, string)) continue
    else if (char === '"' && take(t.QuotedIdentifier, quoted)) continue
    else if (char === '`' && take(t.BackquotedIdentifier, backQuoted)) continue
    else if (char === '$' && take(t.StoreName, placeholder)) continue
    else {
      const length = match(symbol)
      if (length > 0) push(t.symbolTokens.get(text.slice(at, at + length))!, length)
      else push(t.Unrecognized, text.codePointAt(at)! > 0xffff ? 2 : 1)
    }
  }
  tokens.push({ image: '<EOF>', startOffset: at, endOffset: at - 1, tokenType: EOF, tokenTypeIdx: EOF.tokenTypeIdx! })
  markGroups(tokens)
  return { tokens, comments }
}

const numberPatterns: readonly (readonly [TokenType, RegExp])[] = [
  [t.DecimalToken, decimal],
  [t.DoubleToken, double],
  [t.DigitIdentifier, digitWord],
]

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9'
}

function isHexDigit(char: string): boolean {
  return isDigit(char) || (char >= 'a' && char <= 'f') || (char >= 'A' && char <= 'F')
}

function isLetter(char: string): boolean {
  return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_'
}
