import { badWith, defineMacros, fail } from './define.ts'

const emptyKey = fail('GENERIC_INTERNAL_ERROR', 'Empty key', 'VARCHAR')

/** HMAC by its definition (RFC 2104), for hashes with blocks of 64 bytes. */
const hmac = (hash: string) =>
  `unhex(${hash}(trino_xor_pad(trino_hmac_key(k, ${hash}(k)), '5c') || unhex(${hash}(trino_xor_pad(trino_hmac_key(k, ${hash}(k)), '36') || d))))`

export const binaryMacros = defineMacros({
  'trino_from_hex(s)': `CASE WHEN strlen(s) % 2 = 1 THEN ${badWith("'invalid input length ' || strlen(s)", 'BLOB')} WHEN regexp_matches(s, '[^0-9A-Fa-f]') THEN ${badWith("'not a hexadecimal digit: \"' || regexp_extract(s, '[^0-9A-Fa-f]') || '\" = ' || unicode(regexp_extract(s, '[^0-9A-Fa-f]'))", 'BLOB')} ELSE unhex(s) END`,
  'trino_bin_substr(b, st)':
    'unhex(trino_substr(hex(b), CASE WHEN st > 0 THEN 2 * trino_clip(st) - 1 ELSE 2 * trino_clip(st) END))',
  'trino_bin_substr_n(b, st, n)':
    'unhex(trino_substr_n(hex(b), CASE WHEN st > 0 THEN 2 * trino_clip(st) - 1 ELSE 2 * trino_clip(st) END, 2 * trino_clip(n)))',
  'trino_bin_reverse(b)': "unhex(array_to_string(list_reverse(regexp_extract_all(hex(b), '..')), ''))",
  'trino_bin_lpad(b, n, p)': 'unhex(lpad(hex(b), 2 * trino_pad_size(n, hex(p)), hex(p)))',
  'trino_bin_rpad(b, n, p)': 'unhex(rpad(hex(b), 2 * trino_pad_size(n, hex(p)), hex(p)))',
  'trino_hmac_key(k, h)': `unhex(CASE WHEN octet_length(k) = 0 THEN ${emptyKey} ELSE rpad(CASE WHEN octet_length(k) > 64 THEN h ELSE hex(k) END, 128, '0') END)`,
  'trino_xor_pad(k, h)': 'CAST(xor(CAST(k AS BIT), CAST(repeat(unhex(h), 64) AS BIT)) AS BLOB)',
  'trino_hmac_md5(d, k)': hmac('md5'),
  'trino_hmac_sha1(d, k)': hmac('sha1'),
  'trino_hmac_sha256(d, k)': hmac('sha256'),
  'trino_from_be64(b)': `CASE WHEN octet_length(b) <> 8 THEN ${badWith("'expected 8-byte input, but got instead: ' || octet_length(b)")} ELSE CAST(CASE WHEN hex(b) >= '8' THEN CAST(CAST('0x' || hex(b) AS UBIGINT) AS HUGEINT) - 18446744073709551616::HUGEINT ELSE CAST('0x' || hex(b) AS UBIGINT) END AS BIGINT) END`,
  'trino_from_be32(b)': `CASE WHEN octet_length(b) <> 4 THEN ${badWith("'expected 4-byte input, but got instead: ' || octet_length(b)", 'INTEGER')} ELSE CAST(CASE WHEN hex(b) >= '8' THEN CAST('0x' || hex(b) AS BIGINT) - 4294967296 ELSE CAST('0x' || hex(b) AS BIGINT) END AS INTEGER) END`,
})
