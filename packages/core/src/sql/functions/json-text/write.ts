import type { JsonReader } from './reader.ts'

/** A double as Java prints it: 1.5, 100.0, 1.0E-7, 1.0E20. */
export function javaDouble(x: number): string {
  if (Number.isNaN(x)) return 'NaN'
  if (!Number.isFinite(x)) return x > 0 ? 'Infinity' : '-Infinity'
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0'
  const size = Math.abs(x)
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(x) ? `${x}.0` : String(x)
  const [digits, exponent] = x.toExponential().split('e') as [string, string]
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

/** A number of JSON as Trino writes it again: integers keep every digit, the rest goes through double. */
export function writeNumber(written: string): string {
  if (/^-?\d+$/.test(written)) return written === '-0' ? '0' : written
  const text = javaDouble(Number(written))
  return /^-?\d/.test(text) ? text : `"${text}"`
}

/** A string as Trino writes it: no `\/`, control characters as escapes, characters beyond U+FFFF as two escapes. */
export function writeString(text: string): string {
  return `"${text.replaceAll(/["\\\u0000-\u001f\u{10000}-\u{10ffff}\ud800-\udfff]/gu, escaped)}"`
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

const escaped = (c: string): string =>
  SHORT[c] ??
  [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).toUpperCase().padStart(4, '0')}`).join('')

/** Writes the value at the reader's place without white space, members and their order kept. */
export function copyValue(reader: JsonReader): string {
  const kind = reader.kind()
  switch (kind) {
    case 'object': {
      const members: string[] = []
      reader.members((name) => void members.push(`${writeString(name)}:${copyValue(reader)}`))
      return `{${members.join(',')}}`
    }
    case 'array': {
      const elements: string[] = []
      reader.elements(() => void elements.push(copyValue(reader)))
      return `[${elements.join(',')}]`
    }
    case 'string':
      return writeString(reader.string())
    case 'number':
      return writeNumber(reader.number())
    default:
      return reader.skip()
  }
}

/** Writes the value at the reader's place as a JSON value of Trino: members by name, of equal names the last. */
export function canonicalValue(reader: JsonReader): string {
  const kind = reader.kind()
  switch (kind) {
    case 'object': {
      const members = new Map<string, string>()
      reader.members((name) => void members.set(name, canonicalValue(reader)))
      return `{${[...members.keys()]
        .sort()
        .map((name) => `${writeString(name)}:${members.get(name)}`)
        .join(',')}}`
    }
    case 'array': {
      const elements: string[] = []
      reader.elements(() => void elements.push(canonicalValue(reader)))
      return `[${elements.join(',')}]`
    }
    default:
      return copyValue(reader)
  }
}
