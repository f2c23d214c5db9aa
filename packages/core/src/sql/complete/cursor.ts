import type { Span } from '../../errors/index.ts'
import { lex } from '../lexer.ts'
import * as t from '../tokens.ts'
import { K, type Token } from '../tokens.ts'

/** A place in a text that is being written. */
export interface Cursor {
  /** The word at the place, as far as it is typed, and its whole span. */
  readonly typed: string
  readonly span: Span
  /** Tokens before that word, and those behind it. */
  readonly before: readonly Token[]
  readonly after: readonly Token[]
  /** Names before a dot that the word follows: `a.b.` is `['a', 'b']`; empty for what is no chain of names. */
  readonly chain: readonly string[] | undefined
  /** Index in `before` at which the innermost query around the place starts. */
  readonly queryStart: number
  /** The same for all queries around the place, outermost first. */
  readonly queryStarts: readonly number[]
}

const wordAhead = /[A-Za-z0-9_]*/y

/** Finds out where a place is; undefined in a comment, a string or a quoted name. */
export function findCursor(text: string, offset: number): Cursor | undefined {
  const { tokens, comments } = lex(text.slice(0, offset))
  // What is not closed before the place is lexed character by character.
  const inside = tokens.some(({ tokenType, image }) => tokenType === t.Unrecognized && /['"`]/.test(image))
  const remark = comments.at(-1)
  if (inside || (remark?.span.end === offset && remark.text.startsWith('--'))) return undefined
  if (text.slice(0, offset).lastIndexOf('/*') >= (remark?.span.end ?? 0) && isOpenComment(tokens)) return undefined

  const before = tokens.slice(0, -1)
  const last = before.at(-1)
  const isTyping = last !== undefined && last.endOffset + 1 === offset && isWord(last)
  if (isTyping) before.pop()
  wordAhead.lastIndex = offset
  const end = offset + (isTyping ? wordAhead.exec(text)![0].length : 0)
  const span = { start: isTyping ? last.startOffset : offset, end }
  const after = lex(text.slice(end)).tokens.map((token) => ({
    ...token,
    startOffset: token.startOffset + end,
    endOffset: token.endOffset + end,
  }))
  const queryStarts = openQueries(before)
  return {
    ...{ typed: isTyping ? last.image : '', span, before, after, chain: chainBefore(before) },
    ...{ queryStarts, queryStart: queryStarts.at(-1)! },
  }
}

/** The marks of a comment that is not closed come as two tokens. */
function isOpenComment(tokens: readonly Token[]): boolean {
  return tokens.some(
    ({ tokenType, endOffset }, i) =>
      tokenType === t.Slash && tokens[i + 1]?.tokenType === t.Asterisk && tokens[i + 1]!.startOffset === endOffset + 1,
  )
}

function isWord({ tokenType, image }: Token): boolean {
  return /^[$\w-]+$/.test(image) && tokenType !== t.Minus
}

function chainBefore(before: readonly Token[]): readonly string[] | undefined {
  if (before.at(-1)?.tokenType !== t.Dot) return undefined
  const names: string[] = []
  for (let i = before.length - 1; before[i]?.tokenType === t.Dot; i -= 2) {
    const name = before[i - 1]
    if (!name || !(t.isA(name.tokenType, t.AnyName) || name.tokenType === t.StoreName)) return []
    names.unshift(nameOf(name))
  }
  return names
}

/** What a name's token names. */
export function nameOf({ tokenType, image }: Token): string {
  return tokenType === t.QuotedIdentifier ? image.slice(1, -1).replaceAll('""', '"') : image
}

const queryWords: ReadonlySet<unknown> = new Set([K.SELECT, K.WITH, K.VALUES, K.TABLE])

/** Where queries start that are not closed yet: the text itself, and brackets with a query in them. */
function openQueries(before: readonly Token[]): readonly number[] {
  const open: number[] = []
  before.forEach(({ tokenType }, i) => {
    if (tokenType === t.LParen) open.push(i)
    else if (tokenType === t.RParen) open.pop()
  })
  return [0, ...open.filter((i) => queryWords.has(before[i + 1]?.tokenType)).map((i) => i + 1)]
}
