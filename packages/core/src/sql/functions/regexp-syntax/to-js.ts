import { caseVariants } from './folding.ts'
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

/** Translates to a RegExp with the flags `g` and `u`. @throws RegexpError for unknown properties and groups */
export function toJs(syntax: RegexpSyntax): JsPattern {
  // Groups of our own, for atomic ones, shift the numbers.
  let next = 1
  const groups: number[] = [0]
  const source = emit(syntax.root)
  const resolved = source.replaceAll(/\\k\{(\d+)\}/g, (_, index: string) => `(?:\\${groups[Number(index)]})`)
  try {
    return { regexp: new RegExp(resolved, 'gu'), groups, names: syntax.names }
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

/**
 * A class as an expression for one code point.
 *
 * The flag `v` has unions and intersections of its own, but the V8 of Node 20 matches `[^a]` wrongly in loops under it.
 */
function emitClass({ negated, parts }: CharacterClass, flags: Flags): string {
  const unions = parts.map((items) => union(items, flags))
  const [only] = unions
  if (unions.length === 1 && only !== undefined && only.others.length === 0)
    return `[${negated ? '^' : ''}${only.inside}]`
  const each = unions.map(
    ({ inside, others }) => `(?:${[...(inside === '' ? [] : [`[${inside}]`]), ...others].join('|')})`,
  )
  const all = `${each
    .slice(0, -1)
    .map((one) => `(?=${one})`)
    .join('')}${each.at(-1)}`
  return negated ? `(?:(?!${all})[^])` : `(?:${all})`
}

interface Union {
  /** What can stand between the brackets of one class. */
  readonly inside: string
  /** Classes that cannot: nested ones. */
  readonly others: readonly string[]
}

function union(items: readonly ClassItem[], flags: Flags): Union {
  const inside: string[] = []
  const others: string[] = []
  for (const item of items) {
    switch (item.kind) {
      case 'range':
        inside.push(flags.ignoreCase ? foldedRange(item.from, item.to) : range(item.from, item.to))
        break
      case 'ascii':
        inside.push((item.negated ? NOT_ASCII : ASCII)[item.name])
        break
      case 'property': {
        const { text, bracketed } = propertyClass(item)
        if (bracketed) others.push(text)
        else inside.push(text)
        break
      }
      case 'class':
        others.push(emitClass(item.class, flags))
    }
  }
  return { inside: inside.join(''), others }
}

const code = (n: number): string => `\\u{${n.toString(16)}}`
const range = (from: number, to: number): string => (from === to ? code(from) : `${code(from)}-${code(to)}`)

/** The case variants of a range; a RegExp of Node 20 cannot ignore case in a part of a pattern. */
function foldedRange(from: number, to: number): string {
  const found = new Set([range(from, to)])
  // Ranges of whole planes hold all cases of their letters.
  if (to - from <= 20_000) {
    for (let c = from; c <= to; c++) for (const v of caseVariants(c)) if (v < from || v > to) found.add(code(v))
  }
  return [...found].join('')
}

const ASCII = { digit: '0-9', word: '0-9A-Z_a-z', space: '\\t-\\r\\u{20}', hex: '0-9A-Fa-f' } as const
const NOT_ASCII = {
  digit: '\\u{0}-\\u{2f}\\u{3a}-\\u{10ffff}',
  word: '\\u{0}-\\u{2f}\\u{3a}-\\u{40}\\u{5b}-\\u{5e}\\u{60}\\u{7b}-\\u{10ffff}',
  space: '\\u{0}-\\u{8}\\u{e}-\\u{1f}\\u{21}-\\u{10ffff}',
  hex: '\\u{0}-\\u{2f}\\u{3a}-\\u{40}\\u{47}-\\u{60}\\u{67}-\\u{10ffff}',
} as const

const VISIBLE = '\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}'
/** POSIX names, by what they hold; `^` marks those told by what they do not. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: '\\p{Alphabetic}\\p{Nd}',
  alpha: '\\p{Alphabetic}',
  ascii: '\\u{0}-\\u{7f}',
  blank: '\\p{Zs}\\t',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: `^${VISIBLE}`,
  lower: '\\p{Lowercase}',
  print: '^\\p{Cc}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}',
  punct: '\\p{P}$+<=>^`|~',
  space: '\\p{White_Space}',
  upper: '\\p{Uppercase}',
  xdigit: '0-9A-Fa-f',
  word: '\\p{L}\\p{M}\\p{N}\\p{Pc}',
}

function propertyClass({ name, written, negated, posix }: ClassItem & { kind: 'property' }): {
  readonly text: string
  readonly bracketed: boolean
} {
  if (posix) {
    const held = POSIX[name]
    if (held === undefined) throw new RegexpError(`invalid character property name {${written}}`)
    const excludes = held.startsWith('^')
    if (!negated && !excludes) return { text: held, bracketed: false }
    return { text: `[${negated === excludes ? '' : '^'}${excludes ? held.slice(1) : held}]`, bracketed: true }
  }
  const known = propertyName(name)
  if (known === undefined) throw new RegexpError(`invalid character property name {${written}}`)
  return { text: `\\${negated ? 'P' : 'p'}{${known}}`, bracketed: false }
}

function propertyName(name: string): string | undefined {
  const title = name.charAt(0).toUpperCase() + name.slice(1)
  for (const candidate of [title, `Script=${title}`, name]) {
    try {
      new RegExp(`\\p{${candidate}}`, 'u')
      return candidate
    } catch {
      // Another spelling may do.
    }
  }
  return name === 'any' ? 'Any' : name === 'assigned' ? 'Assigned' : undefined
}
