/** A path of SQL/JSON as a tree. */
export type Path =
  | { readonly kind: 'context' | 'current' | 'last' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: null | boolean | bigint | number | string }
  | { readonly kind: 'member' | 'descendant'; readonly base: Path; readonly name: string }
  | { readonly kind: 'wildcard-member' | 'wildcard-element'; readonly base: Path }
  | {
      readonly kind: 'element'
      readonly base: Path
      readonly ranges: readonly { readonly from: Path; readonly to?: Path }[]
    }
  | { readonly kind: 'filter'; readonly base: Path; readonly predicate: Predicate }
  | { readonly kind: 'method'; readonly base: Path; readonly name: string }
  | { readonly kind: 'arithmetic'; readonly operator: string; readonly left: Path; readonly right: Path }
  | { readonly kind: 'sign'; readonly operator: string; readonly value: Path }

export type Predicate =
  | { readonly kind: 'comparison'; readonly operator: string; readonly left: Path; readonly right: Path }
  | { readonly kind: 'and' | 'or'; readonly left: Predicate; readonly right: Predicate }
  | { readonly kind: 'not' | 'is-unknown'; readonly value: Predicate }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'starts-with'; readonly value: Path; readonly prefix: Path }

export interface ParsedPath {
  readonly strict: boolean
  readonly path: Path
}

const METHODS = new Set(['abs', 'ceiling', 'double', 'floor', 'keyvalue', 'size', 'type'])
const TOKEN =
  /\s*(?:(\.\.|==|!=|<>|<=|>=|&&|\|\||\$(?![\p{L}_])|[.[\](){},*?@<>!+\-/%])|"((?:[^"]|"")*)"|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(\$?[\p{L}_][\p{L}\p{N}_]*))/uy

interface Token {
  readonly sign?: string
  readonly text?: string
  readonly number?: string
  readonly word?: string
}

/** Reads a path; throws SyntaxError with what is wrong. */
export function parsePath(source: string): ParsedPath {
  const parser = new PathParser(tokensOf(source))
  const mode = parser.word('lax', 'strict')
  if (mode === undefined) throw new SyntaxError(`missing {'lax', 'strict'} at '${source.trim().slice(0, 1)}'`)
  const path = parser.sum()
  parser.end()
  return { strict: mode === 'strict', path }
}

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; source.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(source)
    if (!match) throw new SyntaxError(`unexpected '${source.slice(at).trim()[0]}'`)
    const [, sign, text, number, word] = match
    if (sign !== undefined) tokens.push({ sign })
    else if (text !== undefined) tokens.push({ text: text.replaceAll('""', '"') })
    else if (number !== undefined) tokens.push({ number })
    else tokens.push({ word: word! })
  }
  return tokens
}

class PathParser {
  #at = 0
  readonly #tokens: readonly Token[]

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? {}
  }

  #fail(): never {
    const { sign, text, number, word } = this.#peek()
    throw new SyntaxError(`unexpected ${sign ?? text ?? number ?? word ?? 'end'}`)
  }

  #sign(...signs: readonly string[]): string | undefined {
    const { sign } = this.#peek()
    if (sign === undefined || !signs.includes(sign)) return undefined
    this.#at += 1
    return sign
  }

  #expect(sign: string): void {
    if (this.#sign(sign) === undefined) this.#fail()
  }

  word(...words: readonly string[]): string | undefined {
    const { word } = this.#peek()
    if (word === undefined || !words.includes(word)) return undefined
    this.#at += 1
    return word
  }

  end(): void {
    if (this.#at < this.#tokens.length) this.#fail()
  }

  sum(): Path {
    let left = this.#product()
    for (let operator = this.#sign('+', '-'); operator !== undefined; operator = this.#sign('+', '-')) {
      left = { kind: 'arithmetic', operator, left, right: this.#product() }
    }
    return left
  }

  #product(): Path {
    let left = this.#unary()
    for (let operator = this.#sign('*', '/', '%'); operator !== undefined; operator = this.#sign('*', '/', '%')) {
      left = { kind: 'arithmetic', operator, left, right: this.#unary() }
    }
    return left
  }

  #unary(): Path {
    const operator = this.#sign('+', '-')
    return operator === undefined ? this.#accessors(this.#primary()) : { kind: 'sign', operator, value: this.#unary() }
  }

  #primary(): Path {
    if (this.#sign('$')) return { kind: 'context' }
    const variable = this.#peek().word
    if (variable?.startsWith('$')) {
      this.#at += 1
      return { kind: 'variable', name: variable.slice(1) }
    }
    if (this.#sign('@')) return { kind: 'current' }
    if (this.#sign('(')) {
      const inner = this.sum()
      this.#expect(')')
      return inner
    }
    const { text, number } = this.#peek()
    const word = this.word('last', 'true', 'false', 'null')
    if (word === 'last') return { kind: 'last' }
    if (word !== undefined) return { kind: 'literal', value: word === 'null' ? null : word === 'true' }
    if (text === undefined && number === undefined) return this.#fail()
    this.#at += 1
    if (number !== undefined) return { kind: 'literal', value: /^\d+$/.test(number) ? BigInt(number) : Number(number) }
    return { kind: 'literal', value: text! }
  }

  #accessors(start: Path): Path {
    let base = start
    for (;;) {
      if (this.#sign('.')) base = this.#afterDot(base)
      else if (this.#sign('..')) base = { kind: 'descendant', base, name: this.#name() }
      else if (this.#sign('[')) base = this.#subscript(base)
      else if (this.#sign('?')) {
        this.#expect('(')
        const predicate = this.#disjunction()
        this.#expect(')')
        base = { kind: 'filter', base, predicate }
      } else return base
    }
  }

  #name(): string {
    const { text, word } = this.#peek()
    if (text === undefined && word === undefined) this.#fail()
    this.#at += 1
    return text ?? word!
  }

  #afterDot(base: Path): Path {
    if (this.#sign('*')) return { kind: 'wildcard-member', base }
    const { word } = this.#peek()
    const name = this.#name()
    if (word === undefined || !METHODS.has(name) || this.#sign('(') === undefined) return { kind: 'member', base, name }
    this.#expect(')')
    return { kind: 'method', base, name }
  }

  #subscript(base: Path): Path {
    if (this.#sign('*')) {
      this.#expect(']')
      return { kind: 'wildcard-element', base }
    }
    const ranges: { readonly from: Path; readonly to?: Path }[] = []
    do {
      const from = this.sum()
      ranges.push(this.word('to') === undefined ? { from } : { from, to: this.sum() })
    } while (this.#sign(','))
    this.#expect(']')
    return { kind: 'element', base, ranges }
  }

  #disjunction(): Predicate {
    let left = this.#conjunction()
    while (this.#sign('||')) left = { kind: 'or', left, right: this.#conjunction() }
    return left
  }

  #conjunction(): Predicate {
    let left = this.#predicate()
    while (this.#sign('&&')) left = { kind: 'and', left, right: this.#predicate() }
    return left
  }

  #predicate(): Predicate {
    if (this.#sign('!')) return { kind: 'not', value: this.#predicate() }
    if (this.word('exists')) {
      this.#expect('(')
      const path = this.sum()
      this.#expect(')')
      return { kind: 'exists', path }
    }
    const start = this.#at
    if (this.#sign('(')) {
      const inner = this.#tryPredicate()
      if (inner !== undefined) return inner
      this.#at = start
    }
    const left = this.sum()
    if (this.word('starts')) {
      if (this.word('with') === undefined) this.#fail()
      return { kind: 'starts-with', value: left, prefix: this.sum() }
    }
    const operator = this.#sign('==', '!=', '<>', '<', '<=', '>', '>=') ?? this.#fail()
    return { kind: 'comparison', operator, left, right: this.sum() }
  }

  /** `( predicate )` or `( predicate ) is unknown`; undefined when the bracket opens an operand of a comparison. */
  #tryPredicate(): Predicate | undefined {
    try {
      const inner = this.#disjunction()
      this.#expect(')')
      if (this.word('is') === undefined) return inner
      return this.word('unknown') === undefined ? this.#fail() : { kind: 'is-unknown', value: inner }
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }
}
