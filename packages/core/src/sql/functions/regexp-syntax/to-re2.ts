import { canBeEmpty, mixesCases } from './facts.ts'
import type { CharacterClass, ClassItem, Flags, RegexpNode, RegexpSyntax } from './syntax.ts'

/** A pattern for the engine's own regular expressions, and the texts on which it means what Trino's means. */
export interface Re2Pattern {
  readonly pattern: string
  /** Only on text of ASCII: word edges and POSIX classes are Unicode's in Trino. */
  readonly asciiOnly: boolean
  /** Only on text without a newline at its end, before which `$` matches in Trino. */
  readonly noFinalNewline: boolean
}

class Untranslatable extends Error {}

/** Translates to RE2; undefined for what RE2 cannot do: look-around, back-references, atomic groups, intersections of classes. */
export function toRe2({ root }: RegexpSyntax): Re2Pattern | undefined {
  if (mixesCases(root)) return undefined
  const notes = { asciiOnly: false, noFinalNewline: false }
  try {
    return { pattern: emit(root), ...notes }
  } catch (error) {
    if (error instanceof Untranslatable) return undefined
    throw error
  }

  function emit(node: RegexpNode): string {
    switch (node.kind) {
      case 'sequence':
        return node.items.map((item) => (item.kind === 'alternatives' ? `(?:${emit(item)})` : emit(item))).join('')
      case 'alternatives':
        return node.items.map(emit).join('|')
      case 'character':
        return flagged(escapeCode(node.code), node.flags)
      case 'any':
        return node.flags.dotAll ? '(?s:.)' : '[^\\n]'
      case 'set':
        return flagged(emitClass(node.class), node.flags)
      case 'anchor':
        return anchor(node.at)
      case 'capture':
        return `(${emit(node.body)})`
      case 'repeat':
        return repeat(node)
      case 'look':
      case 'atomic':
      case 'backreference':
        throw new Untranslatable()
    }
  }

  function anchor(at: (RegexpNode & { kind: 'anchor' })['at']): string {
    switch (at) {
      case 'start':
        return '\\A'
      case 'end':
        return '\\z'
      case 'lastLineEnd':
        notes.noFinalNewline = true
        return '\\z'
      case 'lineStart':
        return '(?m:^)'
      case 'lineEnd':
        return '(?m:$)'
      case 'wordEdge':
        notes.asciiOnly = true
        return '\\b'
      case 'noWordEdge':
        notes.asciiOnly = true
        return '\\B'
    }
  }

  function repeat(node: RegexpNode & { kind: 'repeat' }): string {
    // Engines part ways where a round of a loop may match nothing.
    if (canBeEmpty(node.body)) throw new Untranslatable()
    if (node.mode === 'possessive' || node.min > 1000 || (node.max !== Number.POSITIVE_INFINITY && node.max > 1000))
      throw new Untranslatable()
    const simple = (node.body.kind === 'character' && !node.body.flags.ignoreCase) || node.body.kind === 'capture'
    const body = simple ? emit(node.body) : `(?:${emit(node.body)})`
    return `${body}${bounds(node.min, node.max)}${node.mode === 'lazy' ? '?' : ''}`
  }

  function emitClass({ negated, parts }: CharacterClass): string {
    if (parts.length > 1) throw new Untranslatable()
    return `[${negated ? '^' : ''}${parts[0]!.map((item) => emitItem(item, negated)).join('')}]`
  }

  function emitItem(item: ClassItem, inNegated: boolean): string {
    switch (item.kind) {
      case 'range':
        return item.from === item.to ? escapeCode(item.from) : `${escapeCode(item.from)}-${escapeCode(item.to)}`
      case 'ascii':
        return item.negated ? NOT_ASCII[item.name] : ASCII[item.name]
      case 'property': {
        if (item.posix) {
          const posix = item.name === 'space' ? '\\t\\n\\v\\f\\r ' : `[:${item.negated ? '^' : ''}${item.name}:]`
          if (item.name === 'space' && item.negated) throw new Untranslatable()
          notes.asciiOnly = true
          return posix
        }
        const name = GENERAL.get(item.name)
        if (name === undefined) throw new Untranslatable()
        return `\\${item.negated ? 'P' : 'p'}{${name}}`
      }
      case 'class':
        // A nested class is a union with its parent, unless one of them is negated.
        if (inNegated || item.class.negated || item.class.parts.length > 1) throw new Untranslatable()
        return item.class.parts[0]!.map((inner) => emitItem(inner, false)).join('')
    }
  }
}

export function bounds(min: number, max: number): string {
  if (min === 0 && max === Number.POSITIVE_INFINITY) return '*'
  if (min === 1 && max === Number.POSITIVE_INFINITY) return '+'
  if (min === 0 && max === 1) return '?'
  return max === Number.POSITIVE_INFINITY ? `{${min},}` : min === max ? `{${min}}` : `{${min},${max}}`
}

const flagged = (text: string, flags: Flags): string => (flags.ignoreCase ? `(?i:${text})` : text)

function escapeCode(code: number): string {
  const c = String.fromCodePoint(code)
  return /^[A-Za-z0-9_ ]$/.test(c) ? c : code < 128 && code > 32 ? `\\${c}` : `\\x{${code.toString(16)}}`
}

const ASCII = { digit: '0-9', word: '0-9A-Za-z_', space: '\\t\\n\\v\\f\\r ', hex: '0-9A-Fa-f' } as const
const NOT_ASCII = {
  digit: '\\x{0}-/:-\\x{10ffff}',
  word: '\\x{0}-/:-@\\[-^`{-\\x{10ffff}',
  space: '\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{10ffff}',
  hex: '\\x{0}-/:-@G-`g-\\x{10ffff}',
} as const

/** Unicode's general categories, and the scripts that both engines know. */
const GENERAL: ReadonlyMap<string, string> = new Map(
  [
    ...[
      'C',
      'Cc',
      'Cf',
      'Co',
      'Cs',
      'L',
      'Ll',
      'Lm',
      'Lo',
      'Lt',
      'Lu',
      'M',
      'Mc',
      'Me',
      'Mn',
      'N',
      'Nd',
      'Nl',
      'No',
      'P',
      'Pc',
      'Pd',
      'Pe',
      'Pf',
      'Pi',
      'Po',
      'Ps',
    ],
    ...[
      'S',
      'Sc',
      'Sk',
      'Sm',
      'So',
      'Z',
      'Zl',
      'Zp',
      'Zs',
      'Arabic',
      'Armenian',
      'Bengali',
      'Cyrillic',
      'Devanagari',
      'Georgian',
      'Greek',
      'Han',
      'Hangul',
    ],
    ...['Hebrew', 'Hiragana', 'Katakana', 'Latin', 'Tamil', 'Thai'],
  ].map((name) => [name.toLowerCase(), name]),
)
