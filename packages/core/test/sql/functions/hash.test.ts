import { createHash, createHmac } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32, hmacSha512, murmur3, sha512, spooky, xxhash64 } from '../../../src/sql/functions/hash/index.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const utf8 = (text: string) => new TextEncoder().encode(text)
const bytes = fc.uint8Array({ maxLength: 400 })

describe("against Node's own", () => {
  test('SHA-512', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(hex(sha512(data))).toBe(createHash('sha512').update(data).digest('hex'))
      }),
    )
  })

  test('HMAC of SHA-512, keys longer than a block included', () => {
    fc.assert(
      fc.property(bytes, fc.uint8Array({ minLength: 1, maxLength: 300 }), (data, key) => {
        expect(hex(hmacSha512(data, key))).toBe(createHmac('sha512', key).update(data).digest('hex'))
      }),
    )
  })

  test.skipIf(typeof zlibCrc32 !== 'function')('CRC-32', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(crc32(data)).toBe(zlibCrc32(data))
      }),
    )
  })
})

// Vectors of the algorithms' own test suites and of Trino.
test.each([
  ['', 'ef46db3751d8e999'],
  ['a', 'd24ec4f1a98c6e5b'],
  ['abc', '44bc2cf5ad770999'],
  ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
])('xxHash64 of %j', (text, wanted) => {
  expect(hex(xxhash64(utf8(text)))).toBe(wanted)
})

test.each([
  ['', '00000000000000000000000000000000'],
  ['abc', '6778ad3f3f3f96b4522dca264174a23b'],
  ['0123456789abcdef0123', '0a44d942810547808790 9aff7a678d8e'.replace(' ', '')],
])('MurmurHash3 of %j', (text, wanted) => {
  expect(hex(murmur3(utf8(text)))).toBe(wanted)
})

test.each([
  ['', '232706fc6bf50919'],
  ['a', '1a108191a0bbc9bd'],
  ['hello world', 'ce4e98819bff125d'],
])('SpookyHash of %j', (text, wanted) => {
  expect(hex(spooky(utf8(text)))).toBe(wanted)
})

test('one byte more makes another hash, across the borders of blocks', () => {
  for (const hash of [xxhash64, murmur3, spooky]) {
    const seen = new Set(Array.from({ length: 400 }, (_, n) => hex(hash(new Uint8Array(n).fill(7)))))
    expect(seen.size).toBe(400)
  }
})
