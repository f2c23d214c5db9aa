import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatDuration } from '../src/output/numbers.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [5_812_345, '5.8 MB'],
  [123_456_789, '123 MB'],
  [999_600_000, '1.0 GB'],
])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each([
  [38.4, '38 ms'],
  [2440, '2.4 s'],
  [185_000, '3 min 5 s'],
])('%d milliseconds are %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

test('counts are grouped', () => expect(formatCount(22383)).toBe('22,383'))
