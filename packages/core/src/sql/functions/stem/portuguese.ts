/** The Portuguese stemmer, as Snowball defines it. */

const VOWELS = 'aeiouáéíóúâêô'
const isVowel = (c: string | undefined): boolean => c !== undefined && VOWELS.includes(c)

function after(word: string, from: number): number {
  for (let i = from + 1; i < word.length; i++) if (!isVowel(word[i]) && isVowel(word[i - 1])) return i + 1
  return word.length
}

function findVowel(word: string, from: number, vowel: boolean): number {
  for (let i = from; i < word.length; i++) if (isVowel(word[i]) === vowel) return i
  return -1
}

function startOfRv(word: string): number {
  if (word.length < 3) return word.length
  if (!isVowel(word[1])) {
    const next = findVowel(word, 2, true)
    return next < 0 ? word.length : next + 1
  }
  if (isVowel(word[0])) {
    const next = findVowel(word, 2, false)
    return next < 0 ? word.length : next + 1
  }
  return 3
}

interface Places {
  readonly rv: number
  readonly r1: number
  readonly r2: number
}

const longest = (word: string, endings: readonly string[]): string | undefined =>
  endings.filter((e) => word.endsWith(e)).sort((a, b) => b.length - a.length)[0]

const STANDARD: readonly (readonly [readonly string[], string])[] = [
  [
    [
      'eza',
      'ezas',
      'ico',
      'ica',
      'icos',
      'icas',
      'ismo',
      'ismos',
      'ável',
      'ível',
      'ista',
      'istas',
      'oso',
      'osa',
      'osos',
      'osas',
      'amento',
      'amentos',
      'imento',
      'imentos',
      'adora',
      'ador',
      'aça~o',
      'adoras',
      'adores',
      'aço~es',
      'ante',
      'antes',
      'ância',
    ],
    '',
  ],
  [['logia', 'logias'], 'log'],
  [['ução', 'uça~o', 'uço~es'], 'u'],
  [['ência', 'ências'], 'ente'],
]

const VERBS = (
  'ada ida ia aria eria iria ará ara erá era irá ava asse esse isse aste este iste ei arei erei irei am iam ariam eriam iriam aram eram iram avam em arem ' +
  'erem irem assem essem issem ado ido ando endo indo ara~o era~o ira~o ar er ir as adas idas ias arias erias irias arás aras erás eras irás avas es ardes ' +
  'erdes irdes ares eres ires asses esses isses astes estes istes is ais eis íeis aríeis eríeis iríeis áreis areis éreis ereis íreis ireis ásseis ésseis ' +
  'ísseis áveis ados idos ámos amos íamos aríamos eríamos iríamos áramos éramos íramos ávamos emos aremos eremos iremos ássemos êssemos íssemos imos armos ' +
  'ermos irmos eu iu ou ira iras'
).split(' ')

export function stemPortuguese(text: string): string {
  let word = text.replaceAll('ã', 'a~').replaceAll('õ', 'o~')
  const r1 = after(word, 0)
  const places: Places = { rv: startOfRv(word), r1, r2: after(word, r1) }
  const standard = standardSuffix(word, places)
  const changed = standard ?? verbSuffix(word, places)
  if (changed !== undefined) {
    word = changed
    if (word.endsWith('ci') && word.length - 1 >= places.rv) word = word.slice(0, -1)
  } else {
    const residual = longest(word, ['os', 'a', 'i', 'o', 'á', 'í', 'ó'])
    if (residual !== undefined && word.length - residual.length >= places.rv) word = word.slice(0, -residual.length)
  }
  return lastStep(word, places).replaceAll('a~', 'ã').replaceAll('o~', 'õ')
}

function standardSuffix(word: string, { rv, r1, r2 }: Places): string | undefined {
  const cut = (ending: string): string => word.slice(0, -ending.length)
  const inside = (text: string, ending: string, region: number): boolean =>
    text.endsWith(ending) && text.length - ending.length >= region
  const all = [
    ...STANDARD.flatMap(([endings]) => endings),
    'amente',
    'mente',
    'idade',
    'idades',
    'iva',
    'ivo',
    'ivas',
    'ivos',
    'ira',
    'iras',
  ]
  const ending = longest(word, all)
  if (ending === undefined) return undefined
  if (ending === 'amente') {
    if (!inside(word, ending, r1)) return undefined
    const stem = cut(ending)
    if (inside(stem, 'iv', r2)) return inside(stem.slice(0, -2), 'at', r2) ? stem.slice(0, -4) : stem.slice(0, -2)
    const extra = ['os', 'ic', 'ad'].find((e) => inside(stem, e, r2))
    return extra === undefined ? stem : stem.slice(0, -2)
  }
  if (ending === 'ira' || ending === 'iras')
    return inside(word, ending, rv) && cut(ending).endsWith('e') ? `${cut(ending)}ir` : undefined
  if (!inside(word, ending, r2)) return undefined
  const stem = cut(ending)
  if (ending === 'mente') {
    const extra = ['ante', 'avel', 'ível'].find((e) => inside(stem, e, r2))
    return extra === undefined ? stem : stem.slice(0, -extra.length)
  }
  if (ending.startsWith('idade')) {
    const extra = ['abil', 'ic', 'iv'].find((e) => inside(stem, e, r2))
    return extra === undefined ? stem : stem.slice(0, -extra.length)
  }
  if (ending.startsWith('iv')) return inside(stem, 'at', r2) ? stem.slice(0, -2) : stem
  return stem + (STANDARD.find(([endings]) => endings.includes(ending))?.[1] ?? '')
}

function verbSuffix(word: string, { rv }: Places): string | undefined {
  const ending = longest(
    word,
    VERBS.filter((v) => word.length - v.length >= rv),
  )
  return ending === undefined ? undefined : word.slice(0, -ending.length)
}

function lastStep(word: string, { rv }: Places): string {
  const ending = longest(word, ['e', 'é', 'ê'])
  if (ending !== undefined && word.length - 1 >= rv) {
    const stem = word.slice(0, -1)
    return (stem.endsWith('gu') || stem.endsWith('ci')) && stem.length - 1 >= rv ? stem.slice(0, -1) : stem
  }
  return word.endsWith('ç') ? `${word.slice(0, -1)}c` : word
}
