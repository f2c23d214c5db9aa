/** The English (Porter 2) stemmer, as Snowball defines it. */

const VOWEL = /[aeiouy]/
const isVowel = (c: string | undefined): boolean => c !== undefined && VOWEL.test(c)

const WHOLE: Readonly<Record<string, string>> = {
  skis: 'ski',
  skies: 'sky',
  dying: 'die',
  lying: 'lie',
  tying: 'tie',
  idly: 'idl',
  gently: 'gentl',
  ugly: 'ugli',
  early: 'earli',
  only: 'onli',
  singly: 'singl',
}
const UNCHANGED = new Set(['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'])
const AFTER_1A = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed'])

/** Start of the region after the first consonant that follows a vowel. */
function region(word: string, from: number): number {
  for (let i = from + 1; i < word.length; i++) if (!isVowel(word[i]) && isVowel(word[i - 1])) return i + 1
  return word.length
}

function regions(word: string): { r1: number; r2: number } {
  const special = /^(?:gener|commun|arsen)/.exec(word)
  const r1 = special ? special[0].length : region(word, 0)
  return { r1, r2: region(word, r1) }
}

function endsInShortSyllable(word: string): boolean {
  const n = word.length
  if (n === 2) return isVowel(word[0]) && !isVowel(word[1])
  return (
    n > 2 && !isVowel(word[n - 3]) && isVowel(word[n - 2]) && !isVowel(word[n - 1]) && !'wxY'.includes(word[n - 1]!)
  )
}

const isShort = (word: string, r1: number): boolean => r1 >= word.length && endsInShortSyllable(word)
const hasVowel = (text: string): boolean => VOWEL.test(text)

export function stemEnglish(text: string): string {
  if (text.length <= 2) return text
  let word = text.replace(/^'/, '')
  const whole = WHOLE[word]
  if (whole !== undefined) return whole
  if (UNCHANGED.has(word)) return word
  word = word.replace(/^y/, 'Y').replaceAll(/([aeiouy])y/g, '$1Y')
  const { r1, r2 } = regions(word)
  word = step1a(word.replace(/(?:'s'|'s|')$/, ''))
  if (AFTER_1A.has(word)) return word
  word = step1b(word, r1)
  if (/[^aeiouy][yY]$/.test(word) && word.length > 2) word = `${word.slice(0, -1)}i`
  word = step2(word, r1)
  word = step3(word, r1, r2)
  word = step4(word, r2)
  word = step5(word, r1, r2)
  return word.replaceAll('Y', 'y')
}

function step1a(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2)
  if (/ie[ds]$/.test(word)) return word.length > 4 ? word.slice(0, -2) : word.slice(0, -1)
  if (/(?:us|ss)$/.test(word)) return word
  return word.endsWith('s') && hasVowel(word.slice(0, -2)) ? word.slice(0, -1) : word
}

function step1b(word: string, r1: number): string {
  const eed = /(?:eedly|eed)$/.exec(word)
  if (eed) return eed.index >= r1 ? `${word.slice(0, eed.index)}ee` : word
  const ending = /(?:ingly|edly|ing|ed)$/.exec(word)
  if (!ending || !hasVowel(word.slice(0, ending.index))) return word
  const stem = word.slice(0, ending.index)
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`
  if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem)) return stem.slice(0, -1)
  return isShort(stem, r1) ? `${stem}e` : stem
}

const STEP2: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['ization', 'ize'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
]

function step2(word: string, r1: number): string {
  for (const [ending, by] of STEP2) if (word.endsWith(ending)) return replaceIn(word, ending, by, r1)
  if (word.endsWith('ogi')) return word.at(-4) === 'l' ? replaceIn(word, 'ogi', 'og', r1) : word
  return /[cdeghkmnrt]li$/.test(word) ? replaceIn(word, 'li', '', r1) : word
}

const STEP3: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
]

function step3(word: string, r1: number, r2: number): string {
  if (word.endsWith('ative')) return replaceIn(word, 'ative', '', r2)
  for (const [ending, by] of STEP3) if (word.endsWith(ending)) return replaceIn(word, ending, by, r1)
  return word
}

const STEP4 = [
  'ement',
  'ance',
  'ence',
  'able',
  'ible',
  'ment',
  'ant',
  'ent',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
  'al',
  'er',
  'ic',
] as const

function step4(word: string, r2: number): string {
  for (const ending of STEP4) if (word.endsWith(ending)) return replaceIn(word, ending, '', r2)
  return /[st]ion$/.test(word) ? replaceIn(word, 'ion', '', r2) : word
}

function step5(word: string, r1: number, r2: number): string {
  const last = word.length - 1
  if (word.endsWith('e'))
    return last >= r2 || (last >= r1 && !endsInShortSyllable(word.slice(0, -1))) ? word.slice(0, -1) : word
  return word.endsWith('ll') && last >= r2 ? word.slice(0, -1) : word
}

function replaceIn(word: string, ending: string, by: string, region: number): string {
  const at = word.length - ending.length
  return at >= region ? word.slice(0, at) + by : word
}
