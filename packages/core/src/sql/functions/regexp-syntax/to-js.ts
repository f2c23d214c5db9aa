import type { CharacterClass, ClassItem, Flags, RegexpNode, RegexpSyntax } from './syntax.ts'
import { RegexpError } from './syntax.ts'
import { bounds } from './to-re2.ts'

/** A pattern as a RegExp of JavaScript. */
export interface JsPattern {
  readonly regexp: RegExp
  /** Where each group of the pattern is among the RegExp's own: index 0 is the whole match. */
  readonly groups: readonly number[]
  readonly names: ReadonlyMap<string, number>
}

const START = '(?<![\\s\\S])'
const END = '(?![\\s\\S])'
const WORD = '[\\p{L}\\p{M}\\p{N}\\p{Pc}]'

/** Translates to a RegExp with the flags `g` and `v`. @throws RegexpError for unknown properties and groups */
export function toJs(syntax: RegexpSyntax): JsPattern {
  // Groups of our own, for atomic ones, shift the numbers.
  let next = 1
  const groups: number[] = [0]
  const source = emit(syntax.root)
  const resolved = source.replaceAll(/\\k\{(\d+)\}/g, (_, index: string) => `(?:\\${groups[Number(index)]})`)
  try {
    return { regexp: new RegExp(resolved, 'gv'), groups, names: syntax.names }
  } catch (error) {
    throw new RegexpError(`invalid pattern: ${error instanceof Error ? error.message : String(error)}`)
  }

  function emit(node: RegexpNode): string {
    switch (node.kind) {
      case 'sequence':
        return node.items.map((item) => (item.kind === 'alternatives' ? `(?:${emit(item)})` : emit(item))).join('')
      case 'alternatives':
        return node.items.map(emit).join('|')
      case 'character':
        return node.flags.ignoreCase ? `[${foldedRange(node.code, node.code)}]` : code(node.code)
      case 'any':
        return node.flags.dotAll ? '[\\s\\S]' : '[^\\n]'
      case 'set':
        return emitClass(node.class, node.flags)
      case 'anchor':
        return ANCHORS[node.at]
      case 'capture':
        groups[node.index] = next++
        return `(${emit(node.body)})`
      case 'look':
        return `(?${node.behind ? '<' : ''}${node.negated ? '!' : '='}${emit(node.body)})`
      case 'atomic':
        return atomic(() => emit(node.body))
      case 'backreference':
        if (node.index > syntax.groups) throw new RegexpError('invalid backref number/name')
        if (node.flags.ignoreCase) throw new RegexpError('a back-reference that ignores case is not supported')
        return `\\k{${node.index}}`
      case 'repeat': {
        const once = () => `(?:${emit(node.body)})${bounds(node.min, node.max)}`
        return node.mode === 'possessive' ? atomic(once) : `${once()}${node.mode === 'lazy' ? '?' : ''}`
      }
    }
  }

  /** A look-ahead is never entered again, so what it captured stands firm. */
  function atomic(body: () => string): string {
    const own = next++
    return `(?:(?=(${body()}))(?:\\${own}))`
  }
}

const ANCHORS = {
  start: START,
  end: END,
  lastLineEnd: `(?=\\n?${END})`,
  lineStart: '(?<![^\\n])',
  lineEnd: '(?![^\\n])',
  wordEdge: `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`,
  noWordEdge: `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`,
} as const

function emitClass({ negated, parts }: CharacterClass, flags: Flags): string {
  const unions = parts.map((items) => `[${items.map((item) => emitItem(item, flags)).join('')}]`)
  return `[${negated ? '^' : ''}${unions.join('&&')}]`
}

function emitItem(item: ClassItem, flags: Flags): string {
  switch (item.kind) {
    case 'range':
      return flags.ignoreCase ? foldedRange(item.from, item.to) : range(item.from, item.to)
    case 'ascii':
      return `[${item.negated ? '^' : ''}${ASCII[item.name]}]`
    case 'property':
      return propertyClass(item)
    case 'class':
      return emitClass(item.class, flags)
  }
}

const code = (n: number): string => `\\u{${n.toString(16)}}`
const range = (from: number, to: number): string => (from === to ? code(from) : `${code(from)}-${code(to)}`)

/** The case variants of a range; a RegExp of Node 20 cannot ignore case in a part of a pattern. */
function foldedRange(from: number, to: number): string {
  const found: string[] = [range(from, to)]
  if (to - from > 20_000) return found[0]!
  for (let c = from; c <= to; c++)
    for (const variant of variants(c)) if (variant < from || variant > to) found.push(code(variant))
  return [...new Set(found)].join('')
}

const SPECIAL: ReadonlyMap<number, readonly number[]> = new Map([
  [0x6b, [0x212a]],
  [0x4b, [0x212a]],
  [0x212a, [0x6b, 0x4b]],
  [0x73, [0x17f]],
  [0x53, [0x17f]],
  [0x17f, [0x73, 0x53]],
])

function variants(c: number): readonly number[] {
  const text = String.fromCodePoint(c)
  return [
    ...(SPECIAL.get(c) ?? []),
    ...[text.toLowerCase(), text.toUpperCase()].filter((v) => [...v].length === 1).map((v) => v.codePointAt(0)!),
  ]
}

const ASCII = { digit: '0-9', word: '0-9A-Z_a-z', space: '\\t\\n\\v\\f\\r\\u{20}', hex: '0-9A-Fa-f' } as const

const POSIX: Readonly<Record<string, string>> = {
  alnum: '\\p{Alphabetic}\\p{Nd}',
  alpha: '\\p{Alphabetic}',
  ascii: '\\u{0}-\\u{7f}',
  blank: '\\p{Zs}\\t',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]',
  lower: '\\p{Lowercase}',
  print: '[[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]\\p{Zs}]',
  punct: '\\p{P}\\$\\+\\<\\=\\>\\^\\`\\|\\~',
  space: '\\p{White_Space}',
  upper: '\\p{Uppercase}',
  xdigit: '0-9A-Fa-f',
  word: '\\p{L}\\p{M}\\p{N}\\p{Pc}',
}

function propertyClass({ name, written, negated, posix }: ClassItem & { kind: 'property' }): string {
  if (posix) return `[${negated ? '^' : ''}${POSIX[name]}]`
  const known = propertyName(name)
  if (known === undefined) throw new RegexpError(`invalid character property name {${written}}`)
  return `\\${negated ? 'P' : 'p'}{${known}}`
}

function propertyName(name: string): string | undefined {
  const title = name.charAt(0).toUpperCase() + name.slice(1)
  for (const candidate of [title, `Script=${title}`, name]) {
    try {
      new RegExp(`\\p{${candidate}}`, 'v')
      return candidate
    } catch {
      // Another spelling may do.
    }
  }
  return name === 'any' ? 'Any' : name === 'assigned' ? 'Assigned' : undefined
}
