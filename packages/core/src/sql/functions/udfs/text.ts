import { stemWord } from '../stem/index.ts'
import type { ScalarUdf } from '../types.ts'
import { badArgument } from './udf-error.ts'

const FORMS = new Set(['NFC', 'NFD', 'NFKC', 'NFKD'])

/** Edits between two texts, by code point. */
function levenshtein(a: string, b: string): bigint {
  const [left, right] = [[...a], [...b]]
  if (left.length * right.length > 1_000_000) {
    throw badArgument('The combined inputs for Levenshtein distance are too large')
  }
  let previous = Array.from({ length: right.length + 1 }, (_, j) => j)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      row[j] = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1))
    }
    previous = row
  }
  return BigInt(previous[right.length]!)
}

/** Digits of A to Z; 0 is a vowel, which parts equal digits, H and W do not. */
const SOUNDEX = '01230120022455012623010202'

/** American Soundex, as Apache's codec has it. */
function soundex(text: string): string {
  const letters = [...text].filter((c) => /\p{L}/u.test(c)).map((c) => c.toUpperCase())
  for (const c of letters)
    if (c < 'A' || c > 'Z') throw badArgument(`The character is not mapped: ${c} (index=${c.codePointAt(0)! - 65})`)
  if (letters.length === 0) return ''
  const digit = (c: string): string => SOUNDEX[c.charCodeAt(0) - 65]!
  let code = letters[0]!
  let last = digit(code)
  for (const c of letters.slice(1)) {
    if (code.length === 4) break
    if (c === 'H' || c === 'W') continue
    const d = digit(c)
    if (d !== '0' && d !== last) code += d
    last = d
  }
  return code.padEnd(4, '0')
}

export const textUdfs: readonly ScalarUdf[] = [
  {
    name: 'trino_normalize',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR',
    evaluate: (text: string, form: string) => {
      if (!FORMS.has(form)) throw badArgument(`Normalization form must be one of [NFD, NFC, NFKD, NFKC]`)
      return text.normalize(form)
    },
    fails: [1],
  },
  { name: 'trino_levenshtein_distance', parameters: ['VARCHAR', 'VARCHAR'], result: 'BIGINT', evaluate: levenshtein },
  { name: 'trino_soundex', parameters: ['VARCHAR'], result: 'VARCHAR', evaluate: soundex },
  { name: 'trino_word_stem', parameters: ['VARCHAR', 'VARCHAR'], result: 'VARCHAR', evaluate: stemWord, fails: [1] },
]
