import { crc32 as crcOf, deflateRawSync, gzipSync } from 'node:zlib'

/** A member of an archive that a test makes; what is not said is as it should be. */
export interface Member {
  readonly name: string
  readonly data: Uint8Array | string
  /** Of a zip; default 8, deflate. */
  readonly method?: number
  readonly crc?: number
  readonly flags?: number
  /** Uncompressed size that a zip claims. */
  readonly claims?: number
  /** Type of a member of a tar; default `0`, a file. */
  readonly type?: string
}

const u16 = (...numbers: readonly number[]) => {
  const bytes = Buffer.alloc(numbers.length * 2)
  for (const [i, number] of numbers.entries()) bytes.writeUInt16LE(number, i * 2)
  return bytes
}
const u32 = (...numbers: readonly number[]) => {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number >>> 0, i * 4)
  return bytes
}

/** Bytes of a zip. With `overlap` every entry of its directory is about the first member's bytes. */
export function zipOf(members: readonly Member[], { overlap = false } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [i, { name, data, method = 8, crc, flags = 0x800, claims }] of members.entries()) {
    const bytes = Buffer.from(data)
    const packed = method === 8 ? deflateRawSync(bytes) : bytes
    const fileName = Buffer.from(name)
    const sums = u32(crc ?? crcOf(bytes), packed.length, claims ?? bytes.length)
    const common = Buffer.concat([u16(flags, method, 0, 0x58a1), sums, u16(fileName.length, 0)])
    const start = overlap ? 0 : at
    directory.push(u32(0x02014b50), u16(20, 20), common, u16(0, 0, 0), u32(0, start), fileName)
    if (overlap && i > 0) continue
    const local = Buffer.concat([u32(0x04034b50), u16(20), common, fileName, packed])
    parts.push(local)
    at += local.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.concat([
    u32(0x06054b50),
    u16(0, 0, members.length, members.length),
    u32(listed.length, at),
    u16(0),
  ])
  return Buffer.concat([...parts, listed, end])
}

/** Bytes of a tar without its end mark. */
export function tarMembers(members: readonly Member[]): Buffer {
  return Buffer.concat(
    members.flatMap(({ name, data, type = '0' }) => {
      const bytes = Buffer.from(data)
      const header = Buffer.alloc(512)
      // Longer names lie in two parts.
      const cut = Buffer.byteLength(name) > 100 ? name.lastIndexOf('/') : -1
      header.write(name.slice(cut + 1), 0, 100)
      header.write(name.slice(0, Math.max(cut, 0)), 345, 155)
      header.write('0000644\0', 100)
      header.write('0000000\0', 108)
      header.write('0000000\0', 116)
      header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
      header.write('00000000000\0', 136)
      header.write('        ', 148)
      header.write(type, 156)
      header.write('ustar\x0000', 257)
      const sum = header.reduce((total, byte) => total + byte, 0)
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
      return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
    }),
  )
}

export function tarOf(members: readonly Member[]): Buffer {
  return Buffer.concat([tarMembers(members), Buffer.alloc(1024)])
}

export const tgzOf = (members: readonly Member[]): Buffer => gzipSync(tarOf(members))
