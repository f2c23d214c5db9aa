import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planBatches } from '../../../src/lake/import/plan-batches.ts'
import type { SourceFile } from '../../../src/lake/import/protocol.ts'

const file = (folder: number, name: number, size: number, extension: string): SourceFile => ({
  source: 0,
  key: `${folder}/${name}${extension}`,
  uri: `file:///logs/${folder}/${name}${extension}`,
  size,
  etag: 'e',
  modifiedMs: 0,
  sourceId: 's',
})

const files = fc
  .array(fc.tuple(fc.nat(4), fc.nat(3000), fc.constantFrom('.json', '.json.gz')), { maxLength: 60 })
  .map((all) => all.map(([folder, size, extension], i) => file(folder, i, size, extension)))
  .map((all) => all.sort((a, b) => (a.uri < b.uri ? -1 : 1)))

const rawBytes = (batch: readonly SourceFile[]) =>
  batch.reduce((sum, { key, size }) => sum + (key.endsWith('.gz') ? size * 10 : size), 0)

test('batches hold every file once, in order, within the limits', () => {
  fc.assert(
    fc.property(
      files,
      fc.integer({ min: 1, max: 40_000 }),
      fc.integer({ min: 1, max: 10 }),
      (all, targetBytes, maxFiles) => {
        const limits = { targetBytes, leastBytes: targetBytes / 4, workers: 2, maxBytes: targetBytes * 1.5, maxFiles }
        const batches = [...planBatches(all, limits, 'account-region-date')]
        expect(batches.flat()).toEqual(all)
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(maxFiles)
          if (batch.length > 1) expect(rawBytes(batch)).toBeLessThanOrEqual(limits.maxBytes)
        }
      },
    ),
  )
})

test('a batch that is full enough ends where the folder does', () => {
  const all = [0, 0, 0, 1, 1, 2].map((folder, i) => file(folder, i, 100, '.json'))
  const batches = [
    ...planBatches(
      all,
      { targetBytes: 250, leastBytes: 250, workers: 2, maxBytes: 450, maxFiles: 100 },
      'account-region-date',
    ),
  ]
  expect(batches.map((batch) => batch.map(({ key }) => key.slice(0, 1)).join(''))).toEqual(['000', '112'])
})

test('batches shrink towards the end, so that workers finish together', () => {
  const all = Array.from({ length: 100 }, (_, i) => file(i, i, 10, '.json'))
  const batches = [
    ...planBatches(
      all,
      { targetBytes: 200, leastBytes: 40, workers: 2, maxBytes: 300, maxFiles: 100 },
      'account-region-date',
    ),
  ]
  const sizes = batches.map(rawBytes)
  expect(sizes.slice(0, 4)).toEqual([200, 200, 150, 120])
  expect(sizes.slice(0, -1)).toEqual(sizes.slice(0, -1).toSorted((a, b) => b - a))
  expect(sizes.at(-2)).toBe(40)
})

test('a batch ends where a region does rather than between two of its days, when that is near', () => {
  const days = (region: string, sizes: readonly number[]) =>
    sizes.map((size, day) => {
      const key = `AWSLogs/111122223333/CloudTrail/${region}/2024/05/0${day + 1}/log.json`
      return { ...file(0, 0, size, '.json'), key, uri: `file:///logs/${key}` }
    })
  const limits = { targetBytes: 100, leastBytes: 100, workers: 2, maxBytes: 150, maxFiles: 100 }
  const plan = (...regions: readonly SourceFile[][]) =>
    [...planBatches(regions.flat(), limits, 'account-region-date')].map((batch) =>
      batch.map(({ key }) => `${key.split('/')[3]}${key.at(-10)}`).join(' '),
    )
  // Half full already: the next region begins a batch of its own.
  expect(plan(days('a', [30, 30]), days('b', [30, 30, 30]))).toEqual(['a1 a2', 'b1 b2 b3'])
  // Full, with little of the region left: it comes along.
  expect(plan(days('a', [60, 60, 30]), days('b', [30]))).toEqual(['a1 a2 a3', 'b1'])
  // Full, with much of it left.
  expect(plan(days('a', [60, 60, 60]), days('b', [30]))).toEqual(['a1 a2', 'a3', 'b1'])
  // Hardly begun.
  expect(plan(days('a', [30]), days('b', [30, 30]))).toEqual(['a1 b1 b2'])
})

test('where partitions are days, files come day by day, in their order, and batches end with days', () => {
  const at = (path: string, size: number) => ({ ...file(0, 0, size, '.json'), key: path, uri: `file:///logs/${path}` })
  const all = [
    at('AWSLogs/1/CloudTrail/eu-west-1/2024/05/01/a.json', 40),
    at('AWSLogs/1/CloudTrail/eu-west-1/2024/05/02/b.json', 40),
    at('AWSLogs/1/CloudTrail/us-east-1/2024/04/30/c.json', 60),
    at('AWSLogs/1/CloudTrail/us-east-1/2024/05/01/d.json', 40),
    at('AWSLogs/1/CloudTrail/us-east-1/2024/05/02/e.json', 40),
    at('AWSLogs/2/CloudTrail/eu-west-1/2024/05/01/f.json', 40),
    at('loose/g.json', 10),
    at('loose/h.json', 10),
  ]
  const limits = { targetBytes: 100, leastBytes: 100, workers: 2, maxBytes: 150, maxFiles: 100 }
  const plan = (layout: 'date' | 'account-region-date') =>
    [...planBatches(all, limits, layout)].map((batch) => batch.map(({ key }) => key.at(-6)).join(''))
  expect(plan('date')).toEqual(['ghc', 'adf', 'be'])
  expect(plan('account-region-date').join('')).toBe('abcdefgh')
})
