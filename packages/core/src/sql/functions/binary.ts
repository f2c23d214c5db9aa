import { bound, template } from './emit.ts'
import type { FunctionTable, Overload } from './types.ts'

const digest = (duckdb: Overload['duckdb']): readonly Overload[] => [{ signature: '(varbinary) -> varbinary', duckdb }]
const keyed = (duckdb: Overload['duckdb']): readonly Overload[] => [
  { signature: '(varbinary, varbinary) -> varbinary', duckdb },
]
const one = (signature: string, duckdb: Overload['duckdb']): readonly Overload[] => [{ signature, duckdb }]

/** Functions of text that also read the bytes of a varbinary as text. */
const ofTextOrBytes = (name: string): readonly Overload[] => [
  {
    signature: '(varbinary) -> varbinary',
    duckdb: ([b]) => bound(name)([{ ...b!, sql: `decode(${b!.sql})` }], undefined as never),
  },
  { signature: '(varchar) -> varbinary', duckdb: bound(name) },
]

export const binaryFunctions: FunctionTable = {
  md5: { kind: 'scalar', overloads: digest(template('unhex(md5($1))')), note: 'bytes; the engine gives text' },
  sha1: { kind: 'scalar', overloads: digest(template('unhex(sha1($1))')), note: 'bytes; the engine gives text' },
  sha256: { kind: 'scalar', overloads: digest(template('unhex(sha256($1))')), note: 'bytes; the engine gives text' },
  sha512: { kind: 'scalar', overloads: digest('trino_sha512') },
  xxhash64: { kind: 'scalar', overloads: digest('trino_xxhash64') },
  murmur3: { kind: 'scalar', overloads: digest('trino_murmur3') },
  spooky_hash_v2_32: { kind: 'scalar', overloads: digest('trino_spooky_hash_v2_32') },
  spooky_hash_v2_64: { kind: 'scalar', overloads: digest('trino_spooky_hash_v2_64') },
  crc32: { kind: 'scalar', overloads: one('(varbinary) -> bigint', 'trino_crc32') },
  hmac_md5: { kind: 'scalar', overloads: keyed(bound('trino_hmac_md5')) },
  hmac_sha1: { kind: 'scalar', overloads: keyed(bound('trino_hmac_sha1')) },
  hmac_sha256: { kind: 'scalar', overloads: keyed(bound('trino_hmac_sha256')) },
  hmac_sha512: { kind: 'scalar', overloads: keyed('trino_hmac_sha512') },
  to_base64: { kind: 'scalar', overloads: one('(varbinary) -> varchar', 'to_base64') },
  from_base64: { kind: 'scalar', overloads: ofTextOrBytes('trino_from_base64'), note: 'padding may be left out' },
  to_base64url: {
    kind: 'scalar',
    overloads: one('(varbinary) -> varchar', template("translate(to_base64($1), '+/', '-_')")),
  },
  from_base64url: { kind: 'scalar', overloads: ofTextOrBytes('trino_from_base64url') },
  to_base32: { kind: 'scalar', overloads: one('(varbinary) -> varchar', 'trino_to_base32') },
  from_base32: { kind: 'scalar', overloads: ofTextOrBytes('trino_from_base32') },
  to_hex: { kind: 'scalar', overloads: one('(varbinary) -> varchar', 'hex') },
  from_hex: { kind: 'scalar', overloads: ofTextOrBytes('trino_from_hex'), note: 'an odd number of digits is an error' },
  to_big_endian_32: {
    kind: 'scalar',
    overloads: one('(integer) -> varbinary', template("unhex(right(lpad(hex(CAST($1 AS BIGINT)), 16, '0'), 8))")),
  },
  to_big_endian_64: {
    kind: 'scalar',
    overloads: one('(bigint) -> varbinary', template("unhex(lpad(hex($1), 16, '0'))")),
  },
  from_big_endian_32: { kind: 'scalar', overloads: one('(varbinary) -> integer', bound('trino_from_be32')) },
  from_big_endian_64: { kind: 'scalar', overloads: one('(varbinary) -> bigint', bound('trino_from_be64')) },
  to_ieee754_32: {
    kind: 'scalar',
    overloads: one('(real) -> varbinary', ([x]) => `trino_to_ieee754_32(CAST(${x!.sql} AS DOUBLE))`),
  },
  to_ieee754_64: { kind: 'scalar', overloads: one('(double) -> varbinary', 'trino_to_ieee754_64') },
  from_ieee754_32: {
    kind: 'scalar',
    overloads: one('(varbinary) -> real', ([b]) => `CAST(trino_from_ieee754_32(${b!.sql}) AS FLOAT)`),
  },
  from_ieee754_64: { kind: 'scalar', overloads: one('(varbinary) -> double', 'trino_from_ieee754_64') },
}
