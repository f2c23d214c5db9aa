import { parseType } from '../../schema/parse-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type { Overload } from '../functions/types.ts'

/** A type in a signature: a type with variables in it. */
export type Pattern =
  | { readonly kind: 'type'; readonly type: LakeType }
  /** A type variable: `T`. */
  | { readonly kind: 'variable'; readonly name: string }
  /** A type whose numbers are variables: `decimal(p,s)`, `varchar(n)`, `timestamp(p) with time zone`; some may be given, as in `decimal(38,s)`. */
  | {
      readonly kind: 'sized'
      readonly base: 'decimal' | 'varchar' | 'char' | 'time' | 'timestamp'
      readonly withTimeZone: boolean
      readonly numbers: readonly string[]
    }
  | { readonly kind: 'array'; readonly element: Pattern }
  | { readonly kind: 'map'; readonly key: Pattern; readonly value: Pattern }
  | { readonly kind: 'row'; readonly fields: readonly { readonly name?: string; readonly type: Pattern }[] }
  | { readonly kind: 'function'; readonly parameters: readonly Pattern[]; readonly result: Pattern }

export interface Parameter {
  readonly pattern: Pattern
  readonly optional: boolean
  readonly variadic: boolean
}

export interface Signature {
  readonly parameters: readonly Parameter[]
  readonly result: Pattern
  /** The parameters as written, for messages. */
  readonly text: string
}

const parsed = new WeakMap<Overload, Signature>()

/** The parsed signature of an overload; throws TypeError for text outside the grammar of `Overload.signature`. */
export function signatureOf(overload: Overload): Signature {
  let signature = parsed.get(overload)
  if (!signature) {
    signature = parseSignature(overload.signature)
    parsed.set(overload, signature)
  }
  return signature
}

export function parseSignature(text: string): Signature {
  const arrow = text.lastIndexOf('->')
  const head = text.slice(0, arrow === -1 ? text.length : arrow).trim()
  if (arrow === -1 || !head.startsWith('(') || !head.endsWith(')')) throw new TypeError(`not a signature: ${text}`)
  const inner = head.slice(1, -1).trim()
  return {
    parameters: splitParameters(inner).map(readParameter),
    result: readPattern(text.slice(arrow + 2)),
    text: inner,
  }
}

/** Cuts at commas outside brackets; `[a, b]` and `a[, b]` make every type inside optional. */
function splitParameters(text: string): { text: string; optional: boolean }[] {
  const found: { text: string; optional: boolean }[] = []
  let depth = 0
  let optional = 0
  let current = ''
  const cut = () => {
    if (current.trim() !== '') found.push({ text: current.trim(), optional: optional > 0 })
    current = ''
  }
  for (const c of text) {
    if (c === '[') {
      cut()
      optional += 1
    } else if (c === ']') {
      cut()
      optional -= 1
    } else if (c === ',' && depth === 0) cut()
    else {
      if (c === '(') depth += 1
      if (c === ')') depth -= 1
      current += c
    }
  }
  cut()
  return found
}

function readParameter({ text, optional }: { text: string; optional: boolean }): Parameter {
  const variadic = text.endsWith('...')
  return { pattern: readPattern(variadic ? text.slice(0, -3) : text), optional, variadic }
}

const SIZED = /^(decimal|varchar|char|timestamp|time)\s*\(\s*(\w+)\s*(?:,\s*(\w+)\s*)?\)(\s+with\s+time\s+zone)?$/

function readPattern(source: string): Pattern {
  const text = source.trim()
  if (/^[A-Z]\d*$/.test(text)) return { kind: 'variable', name: text }
  const sized = SIZED.exec(text)
  if (sized && /[a-z]/.test(sized[2]! + (sized[3] ?? ''))) {
    const [, base, first, second, zone] = sized
    return {
      kind: 'sized',
      base: base as 'decimal',
      withTimeZone: zone !== undefined,
      numbers: second === undefined ? [first!] : [first!, second],
    }
  }
  if (text === 'decimal') return { kind: 'sized', base: 'decimal', withTimeZone: false, numbers: ['p', 's'] }
  const generic = /^(array|map|row|function)\s*\((.*)\)$/s.exec(text)
  if (generic) {
    const parts = splitParameters(generic[2]!).map((part) => part.text)
    switch (generic[1]) {
      case 'array':
        return { kind: 'array', element: readPattern(parts[0]!) }
      case 'map':
        return { kind: 'map', key: readPattern(parts[0]!), value: readPattern(parts[1]!) }
      case 'row':
        return { kind: 'row', fields: parts.map(readField) }
      default:
        return { kind: 'function', parameters: parts.slice(0, -1).map(readPattern), result: readPattern(parts.at(-1)!) }
    }
  }
  const type = parseType(text)
  if (type) return { kind: 'type', type }
  if (/^\w+(?:\(.*\))?$/.test(text)) return { kind: 'type', type: { kind: 'opaque', name: text } }
  throw new TypeError(`not a type in a signature: ${text}`)
}

/** `name type` or `type`. */
function readField(text: string): { name?: string; type: Pattern } {
  const named = /^([a-z_]\w*)\s+(.+)$/s.exec(text)
  if (named && !parseType(text)) {
    try {
      return { name: named[1]!, type: readPattern(named[2]!) }
    } catch {
      // No member's name after all: the whole is a type of several words.
    }
  }
  return { type: readPattern(text) }
}
