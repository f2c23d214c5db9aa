import { createCursor } from '../../lake/compact/thrift-cursor.ts'
import { xxhash64 } from '../../sql/functions/hash/xxhash64.ts'

/** Parquet's split-block Bloom filter: bits in blocks of 256. */
export interface BloomFilter {
  /** False: no row has this value. */
  mayHold(value: HashedValue): boolean
  readonly bytes: number
}

/** The two halves of a text's xxHash64. */
export interface HashedValue {
  readonly high: number
  readonly low: number
}

export function hashValue(text: string): HashedValue {
  const hash = Buffer.from(xxhash64(Buffer.from(text)))
  return { high: hash.readUInt32BE(0), low: hash.readUInt32BE(4) }
}

const BLOCK_BYTES = 32
const SALT = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31] as const

/** Where a filter's bits lie behind its header; undefined for kinds of filters that we cannot read. */
export interface BloomHeader {
  readonly start: number
  readonly length: number
}

/** The most that a header takes. */
export const HEADER_BYTES = 32

export function readBloomHeader(bytes: Buffer): BloomHeader | undefined {
  const cursor = createCursor(bytes)
  let length = 0
  let kinds = 0
  cursor.struct((field, type) => {
    if (field === 1) length = cursor.number()
    // Algorithm, hash and compression: each a union whose first member is the only one that there is.
    else if (field >= 2 && field <= 4)
      cursor.struct((member, memberType) => {
        if (member === 1) kinds += 1
        cursor.skip(memberType)
      })
    else cursor.skip(type)
  })
  return kinds === 3 && length > 0 && length % BLOCK_BYTES === 0 ? { start: cursor.position, length } : undefined
}

/** @param bits the filter's bits, without its header */
export function createBloomFilter(bits: Buffer): BloomFilter {
  const blocks = bits.length / BLOCK_BYTES
  return {
    bytes: bits.length,
    mayHold({ high, low }) {
      const block = Math.floor((high * blocks) / 2 ** 32) * BLOCK_BYTES
      return SALT.every((salt, i) => {
        const bit = Math.imul(low, salt) >>> 27
        return (bits.readUInt32LE(block + i * 4) >>> bit) % 2 === 1
      })
    },
  }
}
