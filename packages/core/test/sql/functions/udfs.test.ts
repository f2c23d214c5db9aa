import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scalarUdfs, UdfError } from '../../../src/sql/functions/udfs/index.ts'

const call = (name: string, ...args: unknown[]): unknown => {
  const udf = scalarUdfs.find((u) => u.name === name)
  if (!udf) throw new TypeError(`no function ${name}`)
  if (udf.parameters.length !== args.length) throw new TypeError(`${name} takes ${udf.parameters.length} arguments`)
  return udf.evaluate(...(args as never[]))
}
const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex')
const bytes = fc.uint8Array({ maxLength: 60 })

describe('encodings', () => {
  test('what is encoded decodes to the same bytes', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(hex(call('trino_from_base32', call('trino_to_base32', data)))).toBe(hex(data))
        expect(hex(call('trino_from_base64', Buffer.from(data).toString('base64')))).toBe(hex(data))
        expect(hex(call('trino_from_base64', Buffer.from(data).toString('base64').replace(/=+$/, '')))).toBe(hex(data))
        expect(hex(call('trino_from_base64url', Buffer.from(data).toString('base64url')))).toBe(hex(data))
      }),
    )
  })

  test('numbers keep their bits', () => {
    fc.assert(
      fc.property(fc.double(), (x) => {
        expect(call('trino_from_ieee754_64', call('trino_to_ieee754_64', x))).toBe(x)
        expect(call('trino_from_ieee754_32', call('trino_to_ieee754_32', Math.fround(x)))).toBe(Math.fround(x))
      }),
    )
  })

  test.each([
    ['trino_from_base32', 'mzxw6', 'Unrecognized character: m'],
    ['trino_from_base64', '!', 'Input byte[] should at least have 2 bytes for base64 bytes'],
    ['trino_from_base64', 'YW Jj', 'Illegal base64 character 20'],
    ['trino_from_base64', 'YQ=', 'Input byte array has wrong 4-byte ending unit'],
    ['trino_from_base64', 'YQ==YQ', 'Input byte array has incorrect ending byte at 4'],
    ['trino_from_base64url', '/+8=', 'Illegal base64 character 2f'],
    ['trino_url_decode', '%', 'URLDecoder: Incomplete trailing escape (%) pattern'],
    ['trino_url_decode', '%zz', 'URLDecoder: Illegal hex characters in escape (%) pattern - Error at index 0 in: "zz"'],
  ])('%s(%j) fails', (name, text, message) => {
    expect(() => call(name, text)).toThrow(new UdfError('INVALID_FUNCTION_ARGUMENT', message))
  })

  test.each([
    ['61c3', '\ufffd', 'a\ufffd'],
    ['61ff62', '?', 'a?b'],
    ['61ff62', '', 'ab'],
    ['efbfbdff', '?', '\ufffd?'],
    ['efbbbf61', '?', '\ufeffa'],
    ['f09f9880', '?', '😀'],
  ])('bytes %s with %j for what is no UTF-8', (data, replacement, text) => {
    expect(call('trino_from_utf8', Buffer.from(data, 'hex'), replacement)).toBe(text)
  })

  test('a URL decodes to what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(call('trino_url_decode', encodeURIComponent(text))).toBe(text)
      }),
    )
    expect(call('trino_url_decode', 'a+b%FF')).toBe('a b\ufffd')
  })
})

describe('addresses', () => {
  const address = (text: string) => call('trino_ip_cast', text) as Uint8Array

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:0DB8:0:0:0:ff00:0042:8329', '2001:db8::ff00:42:8329'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ])('%s is %s', (text, canonical) => {
    expect(call('trino_ip_text', address(text))).toBe(canonical)
  })

  test.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '010.1.1.1',
    '1.2.3.4/24',
    ':',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::g',
    '12345::',
    '1:2:3:4:5:6:7::8',
  ])('%j is no address', (text) => {
    expect(() => address(text)).toThrow(
      new UdfError('INVALID_CAST_ARGUMENT', `Cannot cast value to IPADDRESS: ${text}`),
    )
  })

  test('text of an address is an address', () => {
    const word = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
        const data = address(words.map((w) => w.toString(16)).join(':'))
        expect(hex(data)).toBe(words.map((w) => w.toString(16).padStart(4, '0')).join(''))
        expect(hex(address(call('trino_ip_text', data) as string))).toBe(hex(data))
      }),
    )
  })

  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::1', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['192.168.1.128/25', '192.168.1.127', false],
    ['2001:db8::/33', '2001:db8:7fff::', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['2001:db8::/32', '10.0.0.1', false],
    ['::1/128', '::1', true],
  ])('%s contains %s: %s', (network, text, wanted) => {
    expect(call('trino_ip_contains', network, address(text))).toBe(wanted)
  })

  test.each(['10.0.0.0/33', '10.0.0.1/8', '10.0.0.0', '::/129', '10.0.0.0/x'])('%s is no network', (network) => {
    expect(() => call('trino_ip_contains', network, address('10.0.0.0'))).toThrow('Invalid CIDR')
  })
})

describe('distributions', () => {
  test.each([
    ['trino_normal_cdf', [0, 1, 1.96], 0.9750021048517795],
    ['trino_normal_cdf', [0, 1, -40], 0],
    ['trino_inverse_normal_cdf', [0, 1, 0.975], 1.959963984540054],
    ['trino_beta_cdf', [2, 5, 0.3], 0.579825],
    ['trino_inverse_beta_cdf', [2, 3, 1], 1],
    ['trino_t_cdf', [1.5, 3], 0.8847080673775887],
    ['trino_t_pdf', [-2, 5], 0.06509031032621647],
  ])('%s%j', (name, args, wanted) => {
    expect(call(name, ...args)).toBeCloseTo(wanted, 10)
  })

  test('inverses lead back', () => {
    const p = fc.double({ min: 0.001, max: 0.999, noNaN: true })
    const shape = fc.double({ min: 0.5, max: 20, noNaN: true })
    fc.assert(
      fc.property(p, shape, shape, (probability, a, b) => {
        expect(call('trino_beta_cdf', a, b, call('trino_inverse_beta_cdf', a, b, probability))).toBeCloseTo(
          probability,
          8,
        )
        expect(call('trino_normal_cdf', a, b, call('trino_inverse_normal_cdf', a, b, probability))).toBeCloseTo(
          probability,
          10,
        )
      }),
    )
  })
})

describe('words', () => {
  test.each([
    ['Robert', 'R163'],
    ['Rupert', 'R163'],
    ['Ashcraft', 'A261'],
    ['Tymczak', 'T522'],
    ['Pfister', 'P236'],
    ['Honeyman', 'H555'],
    ['CHYNA', 'C500'],
    ["O'Hara", 'O600'],
    ['', ''],
    ['123', ''],
  ])('soundex of %j', (word, code) => {
    expect(call('trino_soundex', word)).toBe(code)
  })

  test('distances are metric', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '漢', '😀'), maxLength: 6 })
    const distance = (a: string, b: string) => Number(call('trino_levenshtein_distance', a, b))
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(distance(a, a)).toBe(0)
        expect(distance(a, b)).toBe(distance(b, a))
        expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c))
        expect(distance(a, '')).toBe([...a].length)
      }),
    )
    expect(distance('kitten', 'sitting')).toBe(3)
  })
})

test.each([
  ['999', '999'],
  ['1000', '1K'],
  ['1234567.891', '1.23M'],
  ['12345', '12.3K'],
  ['123456', '123K'],
  ['-1234', '-1.23K'],
  ['1e+15', '1Q'],
  ['1.5', '1'],
  ['0', '0'],
])('format_number of %s', (text, printed) => {
  expect(call('trino_format_number', text)).toBe(printed)
})

test('a histogram joins the nearest', () => {
  expect(call('trino_numeric_histogram', 2n, ['1', '1.2', '9'], ['1', '1', '1'])).toEqual(['1.1', '2', '9', '1'])
  expect(() => call('trino_numeric_histogram', 1n, ['1'], ['1'])).toThrow('bucket count must be greater than one')
})

test('texts of no JSON are NULL, and only what is needed is read', () => {
  expect(call('trino_js_json_scalar', '{"a":1', '$.a')).toBe('1')
  expect(call('trino_js_json_extract', '{"a":{"b":1', '$.a')).toBeNull()
  expect(call('trino_js_json_array_get', '[1.50, null, "x"', 0n)).toBe('1.50')
  expect(call('trino_js_json_array_get', '["a", {"b": 2.50}]', -1n)).toBe('{"b":2.5}')
  expect(() => call('trino_js_json_array_get', '[null]', -1n)).toThrow(
    new UdfError('GENERIC_INTERNAL_ERROR', 'string is null'),
  )
  expect(call('trino_js_json_array_contains', '[1, oops', 'bigint', '1')).toBe(true)
  expect(call('trino_js_json_array_contains', '[2, oops', 'bigint', '1')).toBeNull()
  expect(call('trino_js_json_array_contains', '[1.0]', 'bigint', '1')).toBe(false)
  expect(() => call('trino_json_canonical', '[1,]')).toThrow(`Cannot convert value to JSON: '[1,]'`)
  expect(() => call('trino_js_json_scalar', '{}', 'a')).toThrow("Invalid JSON path: 'a'")
})
