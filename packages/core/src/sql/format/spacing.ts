import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K, type Token } from '../tokens.ts'
import { walk } from '../visit.ts'
import { createPlaces } from './places.ts'

export interface Spacing {
  /** How a token is written. */
  readonly texts: readonly string[]
  /** Whether a blank stands before a token when it is on one line with the one before it. */
  readonly blanks: readonly boolean[]
}

/** Words of the grammar that read as functions: their bracket follows at once. */
const callWords: ReadonlySet<string> = new Set([
  ...['CAST', 'TRY_CAST', 'EXTRACT', 'TRIM', 'GROUPING', 'ROW', 'UNNEST', 'ARRAY', 'NORMALIZE', 'LISTAGG', 'SUBSTRING'],
  ...['POSITION', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'LOCALTIMESTAMP'],
  ...['JSON_EXISTS', 'JSON_VALUE', 'JSON_QUERY', 'JSON_OBJECT', 'JSON_ARRAY'],
])
const keywordTypes: ReadonlySet<unknown> = new Set(Object.values(K))

/** Decides how tokens are spelled and which of them touch. */
export function planSpacing(tokens: readonly Token[], query: ast.Query): Spacing {
  const { asWritten, names, signs } = classify(tokens, query)
  const isWord = (i: number) => keywordTypes.has(tokens[i]!.tokenType) && !names.has(i)
  const texts = tokens.map(({ image }, i) => (isWord(i) && !asWritten.has(i) ? image.toUpperCase() : image))

  /** Whether a bracket after this token belongs to it. */
  const takesBracket = (i: number) => !isWord(i) || asWritten.has(i) || callWords.has(texts[i]!)

  const blankBetween = (i: number): boolean => {
    const [before, next] = [tokens[i - 1]!, tokens[i]!]
    const [a, b] = [before.tokenType, next.tokenType]
    if (a === t.LParen || a === t.LBracket || a === t.Dot) return false
    if (b === t.Comma || b === t.Semicolon || b === t.RParen || b === t.RBracket) return false
    // After a number a dot would be its decimal point.
    if (b === t.Dot) return t.isA(a, t.AnyNumber)
    if (signs.has(i - 1)) return t.isA(b, t.Sign)
    if (b === t.LParen) return !(isNameLike(before) || keywordTypes.has(a)) || !takesBracket(i - 1)
    if (b === t.LBracket) return !(endsOperand(before) || (keywordTypes.has(a) && takesBracket(i - 1)))
    return true
  }
  return { texts, blanks: tokens.map((_, i) => i > 0 && blankBetween(i)) }
}

interface Classes {
  /** Words that keep their letter case: names, types, typed literals. */
  readonly asWritten: ReadonlySet<number>
  readonly names: ReadonlySet<number>
  /** Signs before a value, as opposed to operators. */
  readonly signs: ReadonlySet<number>
}

const typeKinds: ReadonlySet<string> = new Set(['GenericType', 'DateTimeType', 'IntervalType', 'RowType'])

function classify(tokens: readonly Token[], query: ast.Query): Classes {
  const places = createPlaces(tokens)
  const [asWritten, names, signs] = [new Set<number>(), new Set<number>(), new Set<number>()]
  walk(query, (node) => {
    if (!places.isWritten(node)) return undefined
    const [first, last] = [places.first(node), places.last(node)]
    if (node.kind === 'Name' || node.kind === 'Identifier') names.add(first)
    if (node.kind === 'GenericLiteral' || typeKinds.has(node.kind)) {
      for (let i = first; i <= last; i++) asWritten.add(i)
    }
    if (node.kind === 'Negation' || node.kind.endsWith('Literal')) {
      const sign = node.kind === 'IntervalLiteral' ? first + 1 : first
      if (t.isA(tokens[sign]!.tokenType, t.Sign)) signs.add(sign)
    }
    return undefined
  })
  return { asWritten, names, signs }
}

function isNameLike({ tokenType }: Token): boolean {
  return t.isA(tokenType, t.AnyName) || tokenType === t.StoreName
}

/** What a subscript may follow. */
function endsOperand(token: Token): boolean {
  const { tokenType } = token
  const closes = tokenType === t.RParen || tokenType === t.RBracket || tokenType === t.Question
  return closes || t.isA(tokenType, t.AnyString) || (isNameLike(token) && !keywordTypes.has(tokenType))
}
