import { type JsPattern, parseRegexp, parseReplacement, RegexpError, toJs } from '../regexp-syntax/index.ts'
import type { ScalarUdf } from '../types.ts'
import { badArgument } from './udf-error.ts'

const compiled = new Map<string, JsPattern>()

function compile(pattern: string): JsPattern {
  let known = compiled.get(pattern)
  if (!known) {
    known = rethrow(() => toJs(parseRegexp(pattern)))
    if (compiled.size > 500) compiled.clear()
    compiled.set(pattern, known)
  }
  known.regexp.lastIndex = 0
  return known
}

function rethrow<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof RegexpError ? badArgument(error.message) : error
  }
}

function groupOf(pattern: JsPattern, group: bigint): number {
  if (group < 0n) throw badArgument('Group cannot be negative')
  const count = pattern.groups.length - 1
  if (group > BigInt(count)) throw badArgument(`Pattern has ${count} groups. Cannot access group ${group}`)
  return pattern.groups[Number(group)]!
}

function extract(text: string, pattern: string, group: bigint): string | null {
  const js = compile(pattern)
  const index = groupOf(js, group)
  return js.regexp.exec(text)?.[index] ?? null
}

function extractAll(text: string, pattern: string, group: bigint): (string | null)[] {
  const js = compile(pattern)
  const index = groupOf(js, group)
  return [...text.matchAll(js.regexp)].map((m) => m[index] ?? null)
}

function replace(text: string, pattern: string, replacement: string): string {
  const js = compile(pattern)
  const parts = rethrow(() => parseReplacement(replacement, js.groups.length - 1, js.names))
  return joined(text, js, (m) => parts.map((p) => (typeof p === 'string' ? p : (m[js.groups[p]!] ?? ''))).join(''))
}

function joined(text: string, js: JsPattern, made: (match: RegExpExecArray) => string): string {
  let result = ''
  let end = 0
  for (const match of text.matchAll(js.regexp)) {
    result += text.slice(end, match.index) + made(match)
    end = match.index + match[0].length
  }
  return result + text.slice(end)
}

function split(text: string, pattern: string): string[] {
  const parts: string[] = []
  let end = 0
  for (const match of text.matchAll(compile(pattern).regexp)) {
    parts.push(text.slice(end, match.index))
    end = match.index + match[0].length
  }
  return [...parts, text.slice(end)]
}

/** Text between matches and the groups of each match in turn: t0, g1 … gn, t1, g1 … gn, …, t. */
function pieces(text: string, pattern: string): (string | null)[] {
  const js = compile(pattern)
  const found: (string | null)[] = []
  let end = 0
  for (const match of text.matchAll(js.regexp)) {
    found.push(text.slice(end, match.index), ...js.groups.slice(1).map((g) => match[g] ?? null))
    end = match.index + match[0].length
  }
  return [...found, text.slice(end)]
}

/** Counts from 1, in code points; -1 where there is no such match. */
function position(text: string, pattern: string, start: bigint, occurrence: bigint): bigint {
  if (start < 1n) throw badArgument('start position cannot be smaller than 1')
  if (occurrence < 1n) throw badArgument('occurrence cannot be smaller than 1')
  const characters = [...text]
  if (start > BigInt(characters.length)) return -1n
  const { regexp } = compile(pattern)
  regexp.lastIndex = characters.slice(0, Number(start) - 1).join('').length
  for (let left = occurrence; ; left--) {
    const match = regexp.exec(text)
    if (!match) return -1n
    if (left === 1n) return BigInt([...text.slice(0, match.index)].length + 1)
    if (match[0] === '') regexp.lastIndex += text.codePointAt(regexp.lastIndex)! > 0xffff ? 2 : 1
  }
}

export const regexpUdfs: readonly ScalarUdf[] = [
  {
    name: 'trino_js_regexp_like',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'BOOLEAN',
    evaluate: (text: string, pattern: string) => compile(pattern).regexp.test(text),
    fails: [1],
  },
  {
    name: 'trino_js_regexp_extract',
    parameters: ['VARCHAR', 'VARCHAR', 'BIGINT'],
    result: 'VARCHAR',
    evaluate: extract,
    fails: [1, 2],
  },
  {
    name: 'trino_js_regexp_extract_all',
    parameters: ['VARCHAR', 'VARCHAR', 'BIGINT'],
    result: 'VARCHAR[]',
    evaluate: extractAll,
    fails: [1, 2],
  },
  {
    name: 'trino_js_regexp_replace',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    result: 'VARCHAR',
    evaluate: replace,
    fails: [1, 2],
  },
  {
    name: 'trino_js_regexp_split',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR[]',
    evaluate: split,
    fails: [1],
  },
  {
    name: 'trino_js_regexp_pieces',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR[]',
    evaluate: pieces,
    fails: [1],
  },
  {
    name: 'trino_js_regexp_groups',
    parameters: ['VARCHAR'],
    result: 'BIGINT',
    evaluate: (pattern: string) => BigInt(compile(pattern).groups.length - 1),
  },
  {
    name: 'trino_js_regexp_count',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'BIGINT',
    evaluate: (text: string, pattern: string) => BigInt([...text.matchAll(compile(pattern).regexp)].length),
    fails: [1],
  },
  {
    name: 'trino_js_regexp_position',
    parameters: ['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT'],
    result: 'BIGINT',
    evaluate: position,
    fails: [1, 2, 3],
  },
]
