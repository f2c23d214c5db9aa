import { type SampleQuery, sampleQueries } from './catalogue.ts'

export interface SampleMatch extends SampleQuery {
  /** 0 to 1. */
  readonly relevance: number
}

/** Words that say nothing about what is looked for. */
const NOISE = new Set(
  'a an and are by did do does for from have how i in is me my of on or show the to was were what when which who with'.split(
    ' ',
  ),
)

/**
 * Sample queries that share words with a phrase, best first: the share of the phrase's words that are found, those of the
 * name counting in full, those of the description for less.
 */
export function searchSamples(phrase: string): readonly SampleMatch[] {
  const wanted = [...new Set(wordsOf(phrase))]
  if (wanted.length === 0) return []
  return sampleQueries
    .map((sample) => {
      const inName = wordsOf(sample.name)
      const inText = wordsOf(`${sample.description} ${sample.keywords}`)
      const found = wanted.map((word) => (has(inName, word) ? 1 : has(inText, word) ? 0.7 : 0))
      const relevance = found.reduce<number>((sum, share) => sum + share, 0) / wanted.length
      return { ...sample, relevance: Math.round(relevance * 1000) / 1000 }
    })
    .filter(({ relevance }) => relevance > 0)
    .sort((a, b) => b.relevance - a.relevance || (a.name < b.name ? -1 : 1))
}

/** Words of three letters may begin a longer one: `log` finds `login`, `user` finds `users`. */
function has(words: readonly string[], wanted: string): boolean {
  const stem = wanted.length > 3 ? wanted.replace(/(?:ies|es|s|ed|ing)$/, '') : wanted
  return words.some((word) => word === wanted || (stem.length >= 3 && word.startsWith(stem)))
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 0 && !NOISE.has(word))
}
