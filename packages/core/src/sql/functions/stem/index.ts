import { badArgument, UdfError } from '../udfs/udf-error.ts'
import { stemEnglish } from './english.ts'
import { stemPortuguese } from './portuguese.ts'

const STEMMERS: Readonly<Record<string, (word: string) => string>> = { en: stemEnglish, pt: stemPortuguese }

/** Languages of Trino that have no stemmer here. */
const OTHERS = new Set([
  'ca',
  'da',
  'de',
  'es',
  'eu',
  'fi',
  'fr',
  'hu',
  'hy',
  'ir',
  'it',
  'lt',
  'nl',
  'no',
  'ro',
  'ru',
  'sv',
  'tr',
])

/** Stems a word of a language, given by its two letters. */
export function stemWord(word: string, language: string): string {
  const stem = Object.hasOwn(STEMMERS, language) ? STEMMERS[language] : undefined
  if (stem) return stem(word)
  if (OTHERS.has(language)) throw new UdfError('NOT_SUPPORTED', `word_stem of language ${language} is not supported`)
  throw badArgument(`Unknown stemmer language: ${language}`)
}
