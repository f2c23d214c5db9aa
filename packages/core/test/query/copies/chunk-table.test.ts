import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { beforeAll, expect, test } from 'vitest'
import { openLake } from '../../../src/index.ts'
import { bytesOf, rangesOf, readChunkTable } from '../../../src/query/copies/chunk-table.ts'
import { footerLength } from '../../../src/query/needles/footer.ts'
import { writeLog } from '../../lake/trail-files.ts'
import { temporaryFolder } from '../../storage/temporary.ts'

let files: readonly Buffer[]

beforeAll(async () => {
  const folder = await temporaryFolder()
  for (const day of ['2024-05-01', '2024-05-02']) {
    const events = Array.from({ length: 40_000 }, (_, i) => ({
      id: `${day} ${i}`,
      time: `${day}T${new Date(i * 2000).toISOString().slice(11, 19)}Z`,
    }))
    for (const half of [0, 1])
      writeLog(join(folder, `logs-${half}`), day, events.slice(half * 20_000, (half + 1) * 20_000))
  }
  await using lake = await openLake(join(folder, 'lake'), { create: true })
  for (const half of [0, 1]) await lake.import(join(folder, `logs-${half}`), { into: 'org', compact: false })
  await lake.compact()
  files = readdirSync(lake.location, { recursive: true, encoding: 'utf8' })
    .filter((path) => /events\/.*\.parquet$/.test(path) && !path.includes('_delta_log'))
    .map((path) => readFileSync(join(lake.location, path)))
}, 120_000)

const footerOf = (file: Buffer) => {
  const start = file.length - 8 - footerLength(file.subarray(-8))!
  return { footer: file.subarray(start, -8), dataEnd: start }
}

test('tells what another reader of footers tells', () => {
  let filters = 0
  let several = 0
  for (const file of files) {
    const { footer, dataEnd } = footerOf(file)
    const found = readChunkTable(footer, dataEnd, 'eventtime')
    const { row_groups: expected } = parquetMetadata(
      file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer,
    )
    expect(found.groups.length).toBe(expected.length)
    if (expected.length > 1) several += 1
    for (const [g, group] of expected.entries()) {
      const own = found.groups[g]!
      expect(own.rows).toBe(Number(group.num_rows))
      const chunks = group.columns.map(({ meta_data: meta }) => meta!)
      expect(found.columns).toEqual(chunks.map((meta) => meta.path_in_schema[0]!.toLowerCase()))
      expect(own.bytes).toBe(chunks.reduce((sum, _, i) => sum + bytesOf(own, i), 0))
      for (const [i, meta] of chunks.entries()) {
        const [pages, filter] = rangesOf(own, i)
        expect(pages).toEqual({
          start: Number(meta.dictionary_page_offset || meta.data_page_offset),
          length: Number(meta.total_compressed_size),
        })
        const { bloom_filter_offset: start, bloom_filter_length: length } = meta
        expect(filter).toEqual(start === undefined ? undefined : { start: Number(start), length })
        if (filter) filters += 1
      }
      const { min_value: min, max_value: max } = chunks[found.columns.indexOf('eventtime')]!.statistics!
      expect(own.times!.rows).toBe(own.rows)
      expect(own.times!.lowMs).toBeLessThanOrEqual((min as Date).getTime())
      expect(own.times!.lowMs).toBeGreaterThan((min as Date).getTime() - 5)
      expect(own.times!.highMs).toBeGreaterThanOrEqual((max as Date).getTime())
      expect(own.times!.highMs).toBeLessThan((max as Date).getTime() + 5)
    }
  }
  expect(filters).toBeGreaterThan(0)
  expect(several).toBeGreaterThan(0)
})

test('a footer that is damaged or cut off is refused, or names nothing outside of its file', () => {
  const { footer, dataEnd } = footerOf(files[0]!)
  fc.assert(
    fc.property(fc.nat(footer.length - 1), fc.nat(255), fc.boolean(), (at, value, isCut) => {
      const damaged = Buffer.from(isCut ? footer.subarray(0, at) : footer)
      if (!isCut) damaged[at] = value
      try {
        for (const group of readChunkTable(damaged, dataEnd, 'eventtime').groups)
          for (let i = 0; i * 4 < group.places.length; i++)
            for (const { start, length } of rangesOf(group, i)) {
              expect(start + length).toBeLessThanOrEqual(dataEnd)
              expect(length).toBeGreaterThanOrEqual(0)
            }
      } catch (error) {
        expect(error instanceof RangeError || error instanceof TypeError).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
