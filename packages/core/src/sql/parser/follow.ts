import * as t from '../tokens.ts'
import { K, type Token } from '../tokens.ts'
import type { QueryParser } from './queries.ts'

/** What can come next. */
export interface Following {
  /** Words of the grammar, in the order in which the grammar has them; those with a fixed second word have it. */
  readonly keywords: readonly string[]
  /** What a name can be here: something that has a value, a table, or a name that the text gives itself. */
  readonly name: 'value' | 'table' | 'own' | undefined
}

const words: ReadonlyMap<unknown, string> = new Map(Object.entries(K).map(([word, type]) => [type, word]))

/** Rules in which a word is always followed by BY. */
const pairs: Readonly<Record<string, string>> = { GROUP: 'groupBy', ORDER: 'orderBy', PARTITION: 'window' }

/**
 * How many tokens back the library still tries what the first fitting alternative leaves out. Gates, which it does not
 * ask, decide between those; more than a few tokens cost time without bound.
 */
const BACK = 8

/** Gates are not asked: a few words are offered that a text refuses later. */
export function followingTokens(parser: QueryParser, tokens: readonly Token[]): Following {
  const settings = parser as unknown as { maxLookahead: number }
  const { maxLookahead } = settings
  settings.maxLookahead = BACK
  const paths = parser.computeContentAssist('query', [...tokens])
  settings.maxLookahead = maxLookahead
  const keywords = new Set<string>()
  let name: Following['name']
  for (const { nextTokenType, ruleStack } of paths) {
    const word = words.get(nextTokenType)
    if (word !== undefined) keywords.add(pairs[word] === ruleStack.at(-1) ? `${word} BY` : word)
    if (nextTokenType !== t.AnyName) continue
    if (ruleStack.includes('named') || name === 'value') name = 'value'
    else name = ruleStack.includes('tableName') ? 'table' : (name ?? 'own')
  }
  return { keywords: [...keywords], name }
}
