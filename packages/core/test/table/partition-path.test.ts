import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePath, encodePath, isAbsolutePath, partitionFolder } from '../../src/table/partition-path.ts'

// The table of docs/table-format.md, each row as Trino, delta-rs, Polars and Spark read it back.
test.each([
  { value: 'us-gov-west-1', folder: 'region=us-gov-west-1/', path: 'region=us-gov-west-1/' },
  { value: '2023-07-10', folder: 'region=2023-07-10/', path: 'region=2023-07-10/' },
  { value: null, folder: 'region=__HIVE_DEFAULT_PARTITION__/', path: 'region=__HIVE_DEFAULT_PARTITION__/' },
  { value: 'a b', folder: 'region=a b/', path: 'region=a%20b/' },
  { value: 'a/b', folder: 'region=a%2Fb/', path: 'region=a%252Fb/' },
  { value: 'a%2Fb', folder: 'region=a%252Fb/', path: 'region=a%25252Fb/' },
  { value: "it's", folder: 'region=it%27s/', path: 'region=it%2527s/' },
  { value: 'x#y?z', folder: 'region=x%23y%3Fz/', path: 'region=x%2523y%253Fz/' },
  { value: 'ü', folder: 'region=ü/', path: 'region=%C3%BC/' },
  { value: 'a\u0001\u007f', folder: 'region=a%01%7F/', path: 'region=a%2501%257F/' },
  { value: 'a=b:c', folder: 'region=a%3Db%3Ac/', path: 'region=a%253Db%253Ac/' },
])('$value lies in $folder and is written $path', ({ value, folder, path }) => {
  expect(partitionFolder(['region'], { region: value })).toBe(folder)
  expect(encodePath(folder)).toBe(path)
  expect(decodePath(path)).toBe(folder)
})

test('folders nest in the order of the partition columns', () => {
  const values = { date: '2023-07-10', region: 'us-east-1', account: '111122223333' }
  expect(partitionFolder(['account', 'region', 'date'], values)).toBe(
    'account=111122223333/region=us-east-1/date=2023-07-10/',
  )
  expect(partitionFolder([], {})).toBe('')
})

test('any value lies in exactly one folder, and a path decodes to the name it was made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      const [folderA, folderB] = [a, b].map((region) => partitionFolder(['region'], { region }))
      expect(folderA === folderB).toBe(a === b)
      expect(folderA?.slice(0, -1)).not.toMatch(/[/:?#\\]/)
      expect(decodePath(encodePath(folderA ?? ''))).toBe(folderA)
      expect(encodePath(folderA ?? '')).toMatch(/^[\x21-\x7e]*$/)
      expect(decodeURIComponent(folderA?.slice('region='.length, -1) ?? '')).toBe(a)
    }),
  )
})

test.each([
  ['s3://bucket/x', true],
  ['file:/x', true],
  ['/x', true],
  ['account=1/x.parquet', false],
  ['x%3Ay', false],
  ['a=b:c', false],
])('%s is outside the table: %s', (path, expected) => {
  expect(isAbsolutePath(path)).toBe(expected)
})
