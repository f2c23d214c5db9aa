import { crc32, hmacSha512, murmur3, sha512, spooky, xxhash64 } from '../hash/index.ts'
import type { ScalarUdf } from '../types.ts'
import { UdfError } from './udf-error.ts'

const digest = (name: string, evaluate: (bytes: Uint8Array) => Uint8Array): ScalarUdf => ({
  name,
  parameters: ['BLOB'],
  result: 'BLOB',
  evaluate,
  fails: [],
})

export const hashUdfs: readonly ScalarUdf[] = [
  digest('trino_sha512', sha512),
  digest('trino_xxhash64', xxhash64),
  digest('trino_murmur3', murmur3),
  digest('trino_spooky_hash_v2_32', (bytes) => spooky(bytes).slice(4)),
  digest('trino_spooky_hash_v2_64', spooky),
  {
    name: 'trino_crc32',
    parameters: ['BLOB'],
    result: 'BIGINT',
    evaluate: (bytes: Uint8Array) => BigInt(crc32(bytes)),
    fails: [],
  },
  {
    name: 'trino_hmac_sha512',
    parameters: ['BLOB', 'BLOB'],
    result: 'BLOB',
    evaluate: (data: Uint8Array, key: Uint8Array) => {
      if (key.length === 0) throw new UdfError('GENERIC_INTERNAL_ERROR', 'Empty key')
      return hmacSha512(data, key)
    },
  },
]
