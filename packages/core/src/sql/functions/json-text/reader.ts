/** A JSON text that is none, at the place where reading failed. */
export class JsonError extends Error {}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null'

/** Values may nest this deep, as in the library that Trino reads JSON with. */
const MAX_DEPTH = 1000

/** Reads JSON strictly, and only as far as it is asked: a fault beyond the value wanted does no harm. */
export class JsonReader {
  readonly text: string
  at = 0
  #depth = 0

  constructor(text: string) {
    this.text = text
  }

  /** The kind of the value that comes next; its start is `at`. */
  kind(): JsonKind {
    this.#blank()
    switch (this.text[this.at]) {
      case '{':
        return 'object'
      case '[':
        return 'array'
      case '"':
        return 'string'
      case 't':
        return this.#word('true')
      case 'f':
        return this.#word('false')
      case 'n':
        return this.#word('null')
      default:
        return 'number'
    }
  }

  /** Passes a value and returns its text as written. */
  skip(): string {
    const kind = this.kind()
    const start = this.at
    switch (kind) {
      case 'object':
        this.members(() => void this.skip())
        break
      case 'array':
        this.elements(() => void this.skip())
        break
      case 'string':
        this.string()
        break
      case 'number':
        this.number()
        break
      default:
        this.at += kind.length
    }
    return this.text.slice(start, this.at)
  }

  /** Visits the members of an object; the visitor reads or skips each value, or answers true to stop there. */
  members(visit: (name: string) => boolean | undefined): void {
    this.#open('{')
    this.#blank()
    if (this.text[this.at] === '}') {
      this.#close()
      return
    }
    for (;;) {
      this.#blank()
      const name = this.string()
      this.#blank()
      if (this.text[this.at] !== ':') this.#fail()
      this.at += 1
      if (visit(name) === true) return
      this.#blank()
      const c = this.text[this.at]
      if (c === '}') {
        this.#close()
        return
      }
      if (c !== ',') this.#fail()
      this.at += 1
    }
  }

  /** Visits the elements of an array; as `members`. */
  elements(visit: (index: number) => boolean | undefined): void {
    this.#open('[')
    this.#blank()
    if (this.text[this.at] === ']') {
      this.#close()
      return
    }
    for (let index = 0; ; index++) {
      if (visit(index) === true) return
      this.#blank()
      const c = this.text[this.at]
      if (c === ']') {
        this.#close()
        return
      }
      if (c !== ',') this.#fail()
      this.at += 1
    }
  }

  /** Reads a string. */
  string(): string {
    const start = this.at
    if (this.text[start] !== '"') this.#fail()
    let end = start + 1
    for (;;) {
      const code = this.text.charCodeAt(end)
      if (code === 34) break
      if (Number.isNaN(code) || code < 32) this.#fail()
      end += code === 92 ? 2 : 1
    }
    const written = this.text.slice(start, end + 1)
    this.at = end + 1
    if (!written.includes('\\')) return written.slice(1, -1)
    try {
      return JSON.parse(written) as string
    } catch {
      return this.#fail()
    }
  }

  /** Reads a number as written. */
  number(): string {
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text)
    if (!match) this.#fail()
    const next = this.text[this.at + match[0].length]
    if (next !== undefined && !/[\s,\]}:]/.test(next)) this.#fail()
    this.at += match[0].length
    return match[0]
  }

  /** True when nothing but white space is left. */
  finished(): boolean {
    this.#blank()
    return this.at >= this.text.length
  }

  #blank(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at)
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return
      this.at += 1
    }
  }

  #word<W extends 'true' | 'false' | 'null'>(word: W): W {
    if (!this.text.startsWith(word, this.at) || /[\w$]/.test(this.text[this.at + word.length] ?? '')) this.#fail()
    return word
  }

  #open(bracket: string): void {
    if (this.text[this.at] !== bracket) this.#fail()
    if (++this.#depth > MAX_DEPTH) this.#fail()
    this.at += 1
  }

  #close(): void {
    this.at += 1
    this.#depth -= 1
  }

  #fail(): never {
    throw new JsonError(`no JSON at ${this.at}`)
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
