import { EOF, type TokenType } from 'chevrotain'
import { reservedWords } from '../keywords.ts'
import type { Token } from '../tokens.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import { nearestKeyword } from './near.ts'

/** A token that does not fit, and its surroundings. */
interface Place {
  readonly token: Token
  /** In the notation of errors; may be empty. */
  readonly expecting: string
  readonly index: number
  readonly tokens: readonly Token[]
  readonly previous: Token | undefined
  readonly next: Token | undefined
}

/** Says what to type instead of what does not fit, when that is plain enough. */
export function hintFor(token: Token, expecting: string, tokens: readonly Token[]): string | undefined {
  const index = tokens.indexOf(token)
  const place: Place = { token, expecting, index, tokens, previous: tokens[index - 1], next: tokens[index + 1] }
  for (const rule of rules) {
    const hint = rule(place)
    if (hint !== undefined) return hint
  }
  return undefined
}

const rules: readonly ((place: Place) => string | undefined)[] = [
  ({ token }) => (token.tokenType === t.Unrecognized ? characterHint(token.image) : undefined),
  operatorHint,
  foreignWordHint,
  clauseOrderHint,
  limitHint,
  trailingCommaHint,
  stringAsNameHint,
  reservedWordHint,
  misspeltHint,
]

const characterHints: Readonly<Record<string, string>> = {
  "'": 'the string that starts here is not closed',
  '"': 'the quoted name that starts here is not closed',
  '`': 'names are quoted with double quotes',
  '~': 'write regexp_like(text, pattern)',
  '^': 'write power(x, y), or bitwise_xor(x, y)',
  '&': 'write AND, or bitwise_and(x, y)',
  '|': 'write || to join texts, or bitwise_or(x, y)',
  '!': 'write NOT, or <> for unequal',
  '\\': 'a backslash escapes nothing; in strings a quote is written twice',
  $: 'a placeholder is $ and a name, as in $EDS_ID',
}

function characterHint(image: string): string | undefined {
  if (/^[\u2018\u2019\u201c\u201d]$/.test(image)) return 'write straight quotes'
  if (/^[\s\u200b\ufeff]$/.test(image)) {
    const code = image.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return `the invisible character U+${code} stands here: write a plain space`
  }
  return characterHints[image]
}

/** Operators of other dialects, which are two tokens here. */
const operatorPairs: Readonly<Record<string, string>> = {
  '==': 'write = to compare',
  '::': 'write CAST(value AS type)',
  '//': 'write /, which between integers drops the remainder',
  '**': 'write power(x, y)',
  '<<': 'write bitwise_left_shift(x, y)',
  '>>': 'write bitwise_right_shift(x, y)',
  '=~': 'write regexp_like(text, pattern)',
  '!~': 'write NOT regexp_like(text, pattern)',
  '/*': 'the comment that starts here is not closed',
}

function operatorHint({ token, previous, next }: Place): string | undefined {
  if (next && adjacent(token, next)) {
    const hint = operatorPairs[token.image + next.image]
    if (hint) return hint
  }
  if (!previous) return undefined
  if (adjacent(previous, token)) return operatorPairs[previous.image + token.image]
  const joined = previous.image + token.image
  return ['<=', '>=', '<>', '!=', '||', '->'].includes(joined) ? `write ${joined} without a space` : undefined
}

function adjacent(a: Token, b: Token): boolean {
  return a.endOffset + 1 === b.startOffset
}

/** Words of other dialects, where they would have to be keywords. */
const foreignWords: Readonly<Record<string, string>> = {
  ILIKE: 'write lower(text) LIKE lower(pattern)',
  RLIKE: 'write regexp_like(text, pattern)',
  REGEXP: 'write regexp_like(text, pattern)',
  GLOB: 'write LIKE, with % and _',
  SIMILAR: 'write regexp_like(text, pattern)',
  EXCLUDE: 'name the columns that you want',
  PLACING: 'write replace(), or substr() and ||',
  QUALIFY: 'put the query into a sub-query and filter that with WHERE',
  MINUS: 'write EXCEPT',
  TOP: 'write LIMIT n at the end of the query',
}

function foreignWordHint({ token, previous }: Place): string | undefined {
  const own = foreignWords[token.image.toUpperCase()]
  if (own && token.tokenType === t.Identifier) return own
  // Taken for an alias or a column, it made the next token fail.
  return previous?.tokenType === t.Identifier ? foreignWords[previous.image.toUpperCase()] : undefined
}

/** Clauses of a query in their order. */
const clauses: readonly TokenType[] = [
  ...[K.SELECT, K.FROM, K.WHERE, K.GROUP, K.HAVING, K.WINDOW, K.ORDER, K.OFFSET, K.LIMIT],
]

function clauseOrderHint({ token, index, tokens }: Place): string | undefined {
  const own = clauses.indexOf(token.tokenType)
  if (own < 1) return undefined
  let depth = 0
  let late: Token | undefined
  for (let i = index - 1; i >= 0 && depth >= 0; i--) {
    const { tokenType } = tokens[i]!
    if (tokenType === t.RParen) depth += 1
    else if (tokenType === t.LParen) depth -= 1
    else if (depth === 0) {
      if (tokenType === K.SELECT) break
      if (clauses.indexOf(tokenType) > own) late = tokens[i]
    }
  }
  return late && `write ${clauseName(token)} before ${clauseName(late)}`
}

function clauseName({ tokenType }: Token): string {
  return tokenType === K.GROUP || tokenType === K.ORDER ? `${tokenType.name} BY` : tokenType.name
}

function limitHint({ token, index, tokens }: Place): string | undefined {
  const isNumber = token.tokenType === t.IntegerToken
  const [, second, first] = [tokens[index], tokens[index - 1], tokens[index - 2]]
  if (token.tokenType === t.Comma && second?.tokenType === t.IntegerToken && first?.tokenType === K.LIMIT) {
    return `write OFFSET ${second.image} LIMIT ${tokens[index + 1]?.image ?? 'n'}`
  }
  if (isNumber && second?.tokenType === K.INTERVAL) {
    return `write the number in quotes: INTERVAL '${token.image}' ${tokens[index + 1]?.image.toUpperCase() ?? 'DAY'}`
  }
  return undefined
}

const afterLists: ReadonlySet<TokenType> = new Set([...clauses, t.RParen, t.RBracket, EOF])

function trailingCommaHint({ token, previous }: Place): string | undefined {
  return previous?.tokenType === t.Comma && afterLists.has(token.tokenType)
    ? `remove the comma before ${token.image === '<EOF>' ? 'the end' : token.image}`
    : undefined
}

const beforeNames: ReadonlySet<TokenType> = new Set([K.AS, K.FROM, K.JOIN, t.Dot])

function stringAsNameHint({ token, previous }: Place): string | undefined {
  if (token.tokenType !== t.StringToken || !previous || !beforeNames.has(previous.tokenType)) return undefined
  return `a name is quoted with double quotes: "${token.image.slice(1, -1)}"`
}

const reserved: ReadonlySet<string> = new Set(reservedWords)

function reservedWordHint({ token, expecting, previous }: Place): string | undefined {
  const named = expecting === '<identifier>' && previous && beforeNames.has(previous.tokenType)
  if (!named || !reserved.has(token.tokenType.name)) return undefined
  // A clause that comes too soon is likelier than a table or a field of that name.
  if (previous.tokenType !== K.AS && clauses.includes(token.tokenType)) return undefined
  return `${token.tokenType.name} is a reserved word: as a name it is written "${token.image}"`
}

function misspeltHint({ token, previous }: Place): string | undefined {
  const glued = token.tokenType === K.BY && /.(?:ORDER|GROUP|PARTITION)$/i.exec(previous?.image ?? '')
  if (glued) return `a space is missing before ${glued[0].slice(1).toUpperCase()}`
  for (const word of [token, previous]) {
    const meant = word?.tokenType === t.Identifier && nearestKeyword(word.image)
    if (meant) return `did you mean ${meant}?`
  }
  return undefined
}
