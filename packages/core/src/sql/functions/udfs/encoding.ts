import type { ScalarUdf } from '../types.ts'
import { badArgument } from './udf-error.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE64_URL = `${BASE64.slice(0, 62)}-_`

/** Packs digits of `bits` bits into bytes; what is left over is dropped. */
function pack(digits: readonly number[], bits: number): Uint8Array {
  const bytes: number[] = []
  let buffer = 0
  let held = 0
  for (const digit of digits) {
    buffer = ((buffer << bits) | digit) & 0xffff
    held += bits
    if (held >= 8) {
      held -= 8
      bytes.push((buffer >> held) & 0xff)
    }
  }
  return Uint8Array.from(bytes)
}

function toBase32(bytes: Uint8Array): string {
  let text = ''
  let buffer = 0
  let held = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff
    held += 8
    while (held >= 5) {
      held -= 5
      text += BASE32[(buffer >> held) & 31]
    }
  }
  if (held > 0) text += BASE32[(buffer << (5 - held)) & 31]
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=')
}

function fromBase32(text: string): Uint8Array {
  const trimmed = text.replace(/=+$/, '')
  const digits = [...trimmed].map((c) => {
    const digit = BASE32.indexOf(c)
    if (digit < 0) throw badArgument(`Unrecognized character: ${c}`)
    return digit
  })
  if ([1, 3, 6].includes(digits.length % 8)) throw badArgument(`Invalid input length ${digits.length}`)
  return pack(digits, 5)
}

/** Strict as Java's decoders: padding whole or absent, nothing else between the digits. */
function fromBase64(text: string, alphabet: string): Uint8Array {
  const bytes = [...new TextEncoder().encode(text)]
  const end = bytes.indexOf(61)
  const digits = (end < 0 ? bytes : bytes.slice(0, end)).map((byte) => {
    const digit = alphabet.indexOf(String.fromCharCode(byte))
    if (digit < 0 && bytes.length >= 2) throw badArgument(`Illegal base64 character ${byte.toString(16)}`)
    return digit
  })
  if (bytes.length === 1) throw badArgument('Input byte[] should at least have 2 bytes for base64 bytes')
  const rest = digits.length % 4
  const padding = end < 0 ? 0 : bytes.length - end
  if (rest === 1) throw badArgument('Last unit does not have enough valid bits')
  if (end >= 0) {
    const wanted = rest === 0 ? 0 : 4 - rest
    if (padding < wanted || wanted === 0) throw badArgument('Input byte array has wrong 4-byte ending unit')
    if (padding > wanted || bytes.slice(end).some((b) => b !== 61))
      throw badArgument(`Input byte array has incorrect ending byte at ${end + wanted}`)
  }
  return pack(digits, 6)
}

function viewed(size: 4 | 8, bytes: Uint8Array, read: (view: DataView) => number): number {
  if (bytes.length !== size) throw badArgument(`Input floating-point value must be exactly ${size} bytes long`)
  return read(new DataView(bytes.buffer, bytes.byteOffset, size))
}

function written(size: 4 | 8, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(size))
  write(view)
  return new Uint8Array(view.buffer)
}

/** Decodes UTF-8; each maximal ill-formed part becomes the replacement. */
function fromUtf8(bytes: Uint8Array, replacement: string): string {
  if ([...replacement].length > 1) throw badArgument('Replacement character string must empty or a single character')
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  if (replacement === '\ufffd' || !text.includes('\ufffd')) return text
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(bytes)
  } catch {
    return replaceInvalid(bytes, replacement)
  }
}

/** U+FFFD may stand in the bytes themselves: only what is ill-formed goes. */
function replaceInvalid(bytes: Uint8Array, replacement: string): string {
  const genuine = '\ue000genuine\ue001'
  const parts: string[] = []
  let start = 0
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (bytes[i] === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) {
      parts.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, i)), genuine)
      start = i + 3
      i += 2
    }
  }
  parts.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start)))
  return parts.map((part) => (part === genuine ? '\ufffd' : part.replaceAll('\ufffd', replacement))).join('')
}

function urlDecode(text: string): string {
  const bytes: number[] = []
  const encoder = new TextEncoder()
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '+') bytes.push(32)
    else if (c === '%') {
      if (i + 2 >= text.length) throw badArgument('URLDecoder: Incomplete trailing escape (%) pattern')
      const hex = text.slice(i + 1, i + 3)
      if (!/^[0-9a-fA-F]{2}$/.test(hex))
        throw badArgument(`URLDecoder: Illegal hex characters in escape (%) pattern - Error at index 0 in: "${hex}"`)
      bytes.push(Number.parseInt(hex, 16))
      i += 2
    } else {
      const point = String.fromCodePoint(text.codePointAt(i)!)
      bytes.push(...encoder.encode(point))
      i += point.length - 1
    }
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))
}

export const encodingUdfs: readonly ScalarUdf[] = [
  { name: 'trino_to_base32', parameters: ['BLOB'], result: 'VARCHAR', evaluate: toBase32, fails: [] },
  { name: 'trino_from_base32', parameters: ['VARCHAR'], result: 'BLOB', evaluate: fromBase32 },
  {
    name: 'trino_from_base64',
    parameters: ['VARCHAR'],
    result: 'BLOB',
    evaluate: (text: string) => fromBase64(text, BASE64),
  },
  {
    name: 'trino_from_base64url',
    parameters: ['VARCHAR'],
    result: 'BLOB',
    evaluate: (text: string) => fromBase64(text, BASE64_URL),
  },
  {
    name: 'trino_to_ieee754_32',
    parameters: ['DOUBLE'],
    result: 'BLOB',
    evaluate: (x: number) => written(4, (v) => v.setFloat32(0, x)),
    fails: [],
  },
  {
    name: 'trino_to_ieee754_64',
    parameters: ['DOUBLE'],
    result: 'BLOB',
    evaluate: (x: number) => written(8, (v) => v.setFloat64(0, x)),
    fails: [],
  },
  {
    name: 'trino_from_ieee754_32',
    parameters: ['BLOB'],
    result: 'DOUBLE',
    evaluate: (bytes: Uint8Array) => viewed(4, bytes, (v) => v.getFloat32(0)),
  },
  {
    name: 'trino_from_ieee754_64',
    parameters: ['BLOB'],
    result: 'DOUBLE',
    evaluate: (bytes: Uint8Array) => viewed(8, bytes, (v) => v.getFloat64(0)),
  },
  { name: 'trino_from_utf8', parameters: ['BLOB', 'VARCHAR'], result: 'VARCHAR', evaluate: fromUtf8 },
  { name: 'trino_url_decode', parameters: ['VARCHAR'], result: 'VARCHAR', evaluate: urlDecode },
]
