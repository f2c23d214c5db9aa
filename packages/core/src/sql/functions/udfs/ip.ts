import type { ScalarUdf } from '../types.ts'
import { badArgument, UdfError } from './udf-error.ts'

const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

const isV4 = (address: Uint8Array): boolean => MAPPED.every((byte, i) => address[i] === byte)

function parseV4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = parts.map((p) => (/^(?:0|[1-9]\d{0,2})$/.test(p) ? Number(p) : 256))
  return bytes.every((b) => b < 256) ? bytes : undefined
}

function hextets(text: string): number[] | undefined {
  if (text === '') return []
  const words: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = i === parts.length - 1 ? parseV4(part) : undefined
      if (!v4) return undefined
      words.push(v4[0]! * 256 + v4[1]!, v4[2]! * 256 + v4[3]!)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) words.push(Number.parseInt(part, 16))
    else return undefined
  }
  return words
}

/** The 16 bytes of an address, IPv4 as its mapped form; undefined for text that is none. */
function parseAddress(text: string): Uint8Array | undefined {
  const v4 = parseV4(text)
  if (v4) return Uint8Array.from([...MAPPED, ...v4])
  const halves = text.split('::')
  if (!text.includes(':') || halves.length > 2) return undefined
  const left = hextets(halves[0]!)
  const right = halves.length === 2 ? hextets(halves[1]!) : []
  if (!left || !right) return undefined
  const gap = 8 - left.length - right.length
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined
  return Uint8Array.from([...left, ...Array<number>(gap).fill(0), ...right].flatMap((w) => [w >> 8, w & 255]))
}

/** RFC 5952: the longest run of zeros as `::`, a mapped address with dots. */
function addressText(address: Uint8Array): string {
  if (isV4(address)) return address.slice(12).join('.')
  const words = Array.from({ length: 8 }, (_, i) => address[2 * i]! * 256 + address[2 * i + 1]!)
  let [best, length] = [0, 1]
  for (let i = 0; i < 8; i++) {
    let run = 0
    while (i + run < 8 && words[i + run] === 0) run += 1
    if (run > length) [best, length] = [i, run]
  }
  const hex = words.map((w) => w.toString(16))
  return length > 1 ? `${hex.slice(0, best).join(':')}::${hex.slice(best + length).join(':')}` : hex.join(':')
}

function contains(network: string, address: Uint8Array): boolean {
  const slash = network.indexOf('/')
  if (slash < 0) throw badArgument('Invalid CIDR')
  const base = parseAddress(network.slice(0, slash))
  if (!base) throw badArgument('Invalid network IP address')
  const written = network.slice(slash + 1)
  const v4 = isV4(base) && !network.slice(0, slash).includes(':')
  const bits = /^\d+$/.test(written) ? Number(written) : Number.NaN
  if (!(bits >= 0 && bits <= (v4 ? 32 : 128))) throw badArgument('Invalid CIDR')
  const prefix = v4 ? bits + 96 : bits
  const masked = base.map((byte, i) => byte & maskOf(prefix, i))
  if (masked.some((byte, i) => byte !== base[i])) throw badArgument('Invalid CIDR')
  if (v4 !== isV4(address)) return false
  return address.every((byte, i) => (byte & maskOf(prefix, i)) === base[i])
}

const maskOf = (prefix: number, index: number): number =>
  (0xff << (8 - Math.min(8, Math.max(0, prefix - 8 * index)))) & 0xff

export const ipUdfs: readonly ScalarUdf[] = [
  {
    name: 'trino_ip_cast',
    parameters: ['VARCHAR'],
    result: 'BLOB',
    evaluate: (text: string) => {
      const address = parseAddress(text)
      if (!address) throw new UdfError('INVALID_CAST_ARGUMENT', `Cannot cast value to IPADDRESS: ${text}`)
      return address
    },
  },
  { name: 'trino_try_ipaddress', parameters: ['VARCHAR'], result: 'BLOB', evaluate: parseAddress, fails: [] },
  { name: 'trino_ip_text', parameters: ['BLOB'], result: 'VARCHAR', evaluate: addressText, fails: [] },
  {
    name: 'trino_ip_from_binary',
    parameters: ['BLOB'],
    result: 'BLOB',
    evaluate: (bytes: Uint8Array) => {
      if (bytes.length === 4) return Uint8Array.from([...MAPPED, ...bytes])
      if (bytes.length !== 16)
        throw new UdfError('INVALID_CAST_ARGUMENT', `Invalid IP address binary length: ${bytes.length}`)
      return bytes
    },
  },
  { name: 'trino_ip_contains', parameters: ['VARCHAR', 'BLOB'], result: 'BOOLEAN', evaluate: contains },
]
