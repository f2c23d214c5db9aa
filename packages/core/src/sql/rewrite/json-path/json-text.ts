/** A JSON value: integers are bigint, other numbers number, objects maps in the order of their members (the last of equal names counts). */
export type Json = null | boolean | bigint | number | string | readonly Json[] | ReadonlyMap<string, Json>

const TOKEN =
  /\s*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y
const DEPTH = 1000

/** Reads one JSON text; undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  let position = 0
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = position
    const match = TOKEN.exec(text)
    if (!match) throw new SyntaxError('JSON')
    position = TOKEN.lastIndex
    return match
  }
  const peek = (): string | undefined => {
    TOKEN.lastIndex = position
    return TOKEN.exec(text)?.[1]
  }
  const expect = (sign: string): void => {
    if (next()[1] !== sign) throw new SyntaxError('JSON')
  }
  const value = (depth: number): Json => {
    if (depth > DEPTH) throw new SyntaxError('JSON')
    const [, sign, string, number, word] = next()
    if (string !== undefined) return JSON.parse(string) as string
    if (number !== undefined) return /^-?\d+$/.test(number) ? BigInt(number) : Number(number)
    if (word !== undefined) return word === 'null' ? null : word === 'true'
    if (sign === '[') return elements(depth)
    if (sign === '{') return members(depth)
    throw new SyntaxError('JSON')
  }
  const elements = (depth: number): Json => {
    const items: Json[] = []
    if (peek() === ']') return next() && items
    for (;;) {
      items.push(value(depth + 1))
      const sign = next()[1]
      if (sign === ']') return items
      if (sign !== ',') throw new SyntaxError('JSON')
    }
  }
  const members = (depth: number): Json => {
    const found = new Map<string, Json>()
    if (peek() === '}') return next() && found
    for (;;) {
      const name = next()[2]
      if (name === undefined) throw new SyntaxError('JSON')
      expect(':')
      found.set(JSON.parse(name) as string, value(depth + 1))
      const sign = next()[1]
      if (sign === '}') return found
      if (sign !== ',') throw new SyntaxError('JSON')
    }
  }
  try {
    const parsed = value(0)
    return text.slice(position).trim() === '' ? parsed : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Compact JSON text with sorted members, doubles in Java's spelling. */
export function printJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return javaDouble(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Map) {
    const names = [...value.keys()].sort()
    return `{${names.map((name) => `${JSON.stringify(name)}:${printJson(value.get(name)!)}`).join(',')}}`
  }
  return `[${(value as readonly Json[]).map(printJson).join(',')}]`
}

/** `1.5`, `100.0`, `1.0E-7`: Java's text of a double, plain from 10^-3 to 10^7. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(String(value))
  const size = Math.abs(value)
  if (value === 0 || (size >= 1e-3 && size < 1e7))
    return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value)
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}
