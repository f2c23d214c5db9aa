import { TraillakeError } from '../../errors/index.ts'

/** The value of `'…'`. */
export function unquote(image: string): string {
  return image.slice(1, -1).replaceAll("''", "'")
}

/**
 * The value of `U&'…' [UESCAPE 'c']`: `\XXXX`, `\+XXXXXX`, and the escape character twice for itself.
 *
 * @param image the literal with its prefix
 * @param escapeImage the string after UESCAPE, with quotes
 * Throws SYNTAX_ERROR without a place, in Trino's words.
 */
export function decodeUnicode(image: string, escapeImage?: string): string {
  const mark = escapeImage === undefined ? '\\' : unquote(escapeImage)
  if (mark === '') invalid('Empty Unicode escape character')
  if (!/^[!-~]$/.test(mark) || /[0-9A-Fa-f"+']/.test(mark)) invalid(`Invalid Unicode escape character: ${mark}`)
  const raw = unquote(image.slice(2))
  let value = ''
  for (let i = 0; i < raw.length; ) {
    if (raw[i] !== mark) value += raw[i++]
    else if (raw[i + 1] === mark) {
      value += mark
      i += 2
    } else {
      const long = raw[i + 1] === '+'
      const start = i + (long ? 2 : 1)
      const end = start + (long ? 6 : 4)
      value += codePoint(raw.slice(start, end), long ? 6 : 4, raw[i + 1])
      i = end
    }
  }
  return value
}

function codePoint(hex: string, length: number, first: string | undefined): string {
  if (first !== undefined && !/[0-9A-Fa-f+]/.test(first)) invalid(`Invalid hexadecimal digit: ${first}`)
  const digits = /^[0-9A-Fa-f]*/.exec(hex)![0]
  if (digits.length < length) invalid(`Incomplete escape sequence: ${digits}`)
  const value = Number.parseInt(digits, 16)
  if (value > 0x10ffff) invalid(`Invalid escaped character: ${digits}`)
  if (value >= 0xd800 && value <= 0xdfff) {
    invalid(`Invalid escaped character: ${digits}. Escaped character is a surrogate. Use '\\+123456' instead.`)
  }
  return String.fromCodePoint(value)
}

function invalid(message: string): never {
  throw new TraillakeError('SYNTAX_ERROR', { message })
}
