import type { CharacterClass, ClassItem, Flags, RegexpNode, RegexpSyntax } from './syntax.ts'
import { RegexpError } from './syntax.ts'

const NO_FLAGS: Flags = { ignoreCase: false, multiline: false, dotAll: false, extended: false }
const ESCAPED: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 }

/** Reads a regular expression in the syntax of Trino (Java's, as its library Joni has it). @throws RegexpError */
export function parseRegexp(pattern: string): RegexpSyntax {
  const names = groupNames(pattern)
  const reader = new Reader(pattern, names)
  const root = reader.alternatives(NO_FLAGS)
  if (!reader.atEnd()) throw new RegexpError('unmatched close parenthesis')
  return { root, groups: reader.groups, names }
}

/** Names are read beforehand: a back-reference may stand before its group. */
function groupNames(pattern: string): Map<string, number> {
  const names = new Map<string, number>()
  let index = 0
  let inClass = 0
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]
    if (c === '\\') i += 1
    else if (c === '[') inClass += 1
    else if (c === ']') inClass = Math.max(0, inClass - 1)
    else if (c === '(' && inClass === 0) {
      const named = /^\(\?<([A-Za-z_]\w*)>/.exec(pattern.slice(i))
      if (named) names.set(named[1]!, ++index)
      else if (pattern[i + 1] !== '?') index += 1
    }
  }
  return names
}

class Reader {
  groups = 0
  readonly #text: readonly string[]
  readonly #names: ReadonlyMap<string, number>
  #at = 0

  constructor(pattern: string, names: ReadonlyMap<string, number>) {
    this.#text = [...pattern]
    this.#names = names
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  #peek(ahead = 0): string | undefined {
    return this.#text[this.#at + ahead]
  }

  #take(text: string): boolean {
    if (this.#text.slice(this.#at, this.#at + text.length).join('') !== text) return false
    this.#at += text.length
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.#text.slice(this.#at).join(''))
    if (match) this.#at += [...match[0]].length
    return match
  }

  alternatives(flags: Flags): RegexpNode {
    const items: RegexpNode[] = [this.#sequence(flags)]
    while (this.#take('|')) items.push(this.#sequence(flags))
    return items.length === 1 ? items[0]! : { kind: 'alternatives', items }
  }

  #sequence(initial: Flags): RegexpNode {
    let flags = initial
    const items: RegexpNode[] = []
    while (!this.atEnd() && this.#peek() !== '|' && this.#peek() !== ')') {
      if (flags.extended && this.#skipBlank()) continue
      const inline = this.#inlineFlags(flags)
      if (inline) {
        flags = inline
        // The rest, alternatives included, has the new flags.
        items.push(this.alternatives(flags))
        break
      }
      const atom = this.#atom(flags)
      if (atom) items.push(this.#quantified(atom, flags))
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  #skipBlank(): boolean {
    return this.#match(/^(?:\s+|#[^\n]*\n?)/) !== null
  }

  /** `(?i)`: for the rest of the enclosing group. */
  #inlineFlags(flags: Flags): Flags | undefined {
    const match = this.#match(/^\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?\)/)
    return match ? withFlags(flags, match[1]!, match[2] ?? '') : undefined
  }

  #quantified(atom: RegexpNode, flags: Flags): RegexpNode {
    let node = atom
    for (;;) {
      if (flags.extended) this.#skipBlank()
      const match = this.#match(/^(?:([?*+])|\{(\d+)(,)?(\d*)\})([?+]?)/)
      if (!match) return node
      const [, sign, low, comma, high, mode] = match
      const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0
      const max =
        sign === undefined
          ? comma === undefined
            ? min
            : high === ''
              ? Number.POSITIVE_INFINITY
              : Number(high)
          : sign === '?'
            ? 1
            : Number.POSITIVE_INFINITY
      if (min > 100_000 || (max !== Number.POSITIVE_INFINITY && max > 100_000))
        throw new RegexpError('too big number range')
      if (max < min) throw new RegexpError('upper is smaller than lower in repeat range')
      node = {
        kind: 'repeat',
        body: node,
        min,
        max,
        mode: mode === '?' ? 'lazy' : mode === '+' ? 'possessive' : 'greedy',
      }
    }
  }

  #atom(flags: Flags): RegexpNode | undefined {
    const c = this.#text[this.#at++]!
    switch (c) {
      case '(':
        return this.#group(flags)
      case '[':
        return { kind: 'set', class: this.#class(), flags }
      case '.':
        return { kind: 'any', flags }
      case '^':
        return { kind: 'anchor', at: flags.multiline ? 'lineStart' : 'start' }
      case '$':
        return { kind: 'anchor', at: flags.multiline ? 'lineEnd' : 'lastLineEnd' }
      case '\\':
        return this.#escape(flags)
      case '*':
      case '+':
      case '?':
        throw new RegexpError('target of repeat operator is not specified')
      case '{':
        if (/^\d+(?:,\d*)?\}/.test(this.#text.slice(this.#at).join('')))
          throw new RegexpError('target of repeat operator is not specified')
        return { kind: 'character', code: 123, flags }
      default:
        return { kind: 'character', code: c.codePointAt(0)!, flags }
    }
  }

  #group(flags: Flags): RegexpNode | undefined {
    if (!this.#take('?')) return this.#closed({ kind: 'capture', index: ++this.groups, body: this.alternatives(flags) })
    if (this.#match(/^#[^)]*/)) {
      if (!this.#take(')')) throw new RegexpError('end pattern in group')
      return undefined
    }
    if (this.#take(':')) return this.#closed(this.alternatives(flags))
    if (this.#take('>')) return this.#closed({ kind: 'atomic', body: this.alternatives(flags) })
    for (const [sign, behind, negated] of LOOKS)
      if (this.#take(sign)) return this.#closed({ kind: 'look', behind, negated, body: this.alternatives(flags) })
    if (this.#take('<')) {
      const name = this.#match(/^([A-Za-z_]\w*)>/)
      if (!name) throw new RegexpError('group name is empty')
      return this.#closed({ kind: 'capture', index: ++this.groups, body: this.alternatives(flags) })
    }
    const scoped = this.#match(/^([a-zA-Z]*)(?:-([a-zA-Z]*))?:/)
    if (!scoped) throw new RegexpError('undefined group option')
    return this.#closed(this.alternatives(withFlags(flags, scoped[1]!, scoped[2] ?? '')))
  }

  #closed(node: RegexpNode): RegexpNode {
    if (!this.#take(')')) throw new RegexpError('end pattern with unmatched parenthesis')
    // A group ends what a quantifier applies to.
    return node.kind === 'sequence' || node.kind === 'alternatives' ? { kind: 'sequence', items: [node] } : node
  }

  #escape(flags: Flags): RegexpNode {
    if (this.atEnd()) throw new RegexpError('end pattern at escape')
    const c = this.#text[this.#at++]!
    switch (c) {
      case 'A':
        return { kind: 'anchor', at: 'start' }
      case 'z':
        return { kind: 'anchor', at: 'end' }
      case 'Z':
        return { kind: 'anchor', at: 'lastLineEnd' }
      case 'b':
        return { kind: 'anchor', at: 'wordEdge' }
      case 'B':
        return { kind: 'anchor', at: 'noWordEdge' }
      case 'G':
        throw new RegexpError('\\G is not supported')
      case 'Q': {
        const quoted: RegexpNode[] = []
        while (!this.atEnd() && !this.#take('\\E'))
          quoted.push({ kind: 'character', code: this.#text[this.#at++]!.codePointAt(0)!, flags })
        return quoted.length === 1 ? quoted[0]! : { kind: 'sequence', items: [{ kind: 'sequence', items: quoted }] }
      }
      case 'k': {
        const name = this.#match(/^<(\w+)>/)?.[1]
        const index =
          name === undefined ? undefined : (this.#names.get(name) ?? (/^\d+$/.test(name) ? Number(name) : undefined))
        if (index === undefined) throw new RegexpError(`undefined name <${name ?? ''}> reference`)
        return { kind: 'backreference', index, flags }
      }
      default: {
        if (c >= '1' && c <= '9') return { kind: 'backreference', index: Number(c), flags }
        const item = this.#classEscape(c)
        return item.kind === 'range'
          ? { kind: 'character', code: item.from, flags }
          : { kind: 'set', class: { negated: false, parts: [[item]] }, flags }
      }
    }
  }

  /** An escape that stands for one character or a class of them. */
  #classEscape(c: string): ClassItem {
    const ascii = ASCII_CLASSES[c.toLowerCase()]
    if (ascii) return { kind: 'ascii', name: ascii, negated: c !== c.toLowerCase() }
    if (c === 'p' || c === 'P') {
      const name = this.#match(/^\{(\^?)([^}]*)\}/)
      if (!name) throw new RegexpError('invalid character property name {p}')
      return property(name[2]!, (c === 'P') !== (name[1] === '^'), false)
    }
    return character(this.#characterEscape(c))
  }

  #characterEscape(c: string): number {
    const known = ESCAPED[c]
    if (known !== undefined) return known
    switch (c) {
      case 'x': {
        const hex = this.#match(/^\{([0-9a-fA-F]{1,8})\}|^([0-9a-fA-F]{1,2})/)
        return hex ? Number.parseInt(hex[1] ?? hex[2]!, 16) : 0
      }
      case 'u': {
        const hex = this.#match(/^[0-9a-fA-F]{4}/)
        if (!hex) throw new RegexpError('too short digits')
        return Number.parseInt(hex[0], 16)
      }
      case '0': {
        const octal = this.#match(/^[0-7]{1,2}/)
        return octal ? Number.parseInt(octal[0], 8) : 0
      }
      case 'c':
        if (this.atEnd()) throw new RegexpError('end pattern at control')
        return this.#text[this.#at++]!.codePointAt(0)! & 0x1f
      default:
        return c.codePointAt(0)!
    }
  }

  /** After `[`. */
  #class(): CharacterClass {
    const negated = this.#take('^')
    const parts: ClassItem[][] = [[]]
    for (let first = true; ; first = false) {
      if (this.atEnd()) throw new RegexpError('premature end of char-class')
      if (this.#peek() === ']' && !(first && this.#text.slice(this.#at + 1).includes(']'))) {
        this.#at += 1
        if (parts.length === 1 && parts[0]!.length === 0) throw new RegexpError('empty char-class')
        return { negated, parts }
      }
      if (this.#take('&&')) parts.push([])
      else parts.at(-1)!.push(this.#classItem())
    }
  }

  #classItem(): ClassItem {
    const posix = this.#match(/^\[:(\^?)([a-z]+):\]/)
    if (posix) return property(posix[2]!, posix[1] === '^', true)
    const low = this.#classAtom()
    if (low.kind !== 'range' || this.#peek() !== '-' || this.#peek(1) === undefined || this.#peek(1) === ']') return low
    this.#at += 1
    const high = this.#classAtom()
    if (high.kind !== 'range') throw new RegexpError('char-class value at end of range')
    if (high.from < low.from) throw new RegexpError('empty range in char class')
    return { kind: 'range', from: low.from, to: high.from }
  }

  #classAtom(): ClassItem {
    const c = this.#text[this.#at++]!
    if (c === '[') return { kind: 'class', class: this.#class() }
    if (c !== '\\') return character(c.codePointAt(0)!)
    if (this.atEnd()) throw new RegexpError('end pattern at escape')
    const escaped = this.#text[this.#at++]!
    return escaped === 'b' ? character(8) : this.#classEscape(escaped)
  }
}

const LOOKS = [
  ['=', false, false],
  ['!', false, true],
  ['<=', true, false],
  ['<!', true, true],
] as const

const ASCII_CLASSES: Readonly<Record<string, 'digit' | 'word' | 'space' | 'hex'>> = {
  d: 'digit',
  w: 'word',
  s: 'space',
  h: 'hex',
}

const character = (code: number): ClassItem => ({ kind: 'range', from: code, to: code })

const POSIX = new Set([
  'alnum',
  'alpha',
  'ascii',
  'blank',
  'cntrl',
  'digit',
  'graph',
  'lower',
  'print',
  'punct',
  'space',
  'upper',
  'xdigit',
  'word',
])

function property(written: string, negated: boolean, posix: boolean): ClassItem {
  const name = written.toLowerCase().replaceAll(/[\s_-]/g, '')
  return { kind: 'property', name, written, negated, posix: posix || POSIX.has(name) }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  let { ignoreCase, multiline, dotAll, extended } = flags
  for (const [letters, value] of [
    [on, true],
    [off, false],
  ] as const) {
    for (const letter of letters) {
      if (letter === 'i') ignoreCase = value
      else if (letter === 'm') multiline = value
      else if (letter === 's') dotAll = value
      else if (letter === 'x') extended = value
      else throw new RegexpError('undefined group option')
    }
  }
  return { ignoreCase, multiline, dotAll, extended }
}
