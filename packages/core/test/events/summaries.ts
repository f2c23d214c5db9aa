import { expect } from 'vitest'
import {
  createRecordScanner,
  eventIdOf,
  type LogFileRead,
  type ReadOptions,
  readLogFile,
  streamLogFile,
} from '../../src/events/index.ts'

export const scanner = createRecordScanner('events')

/** What a file comes to, in one line: the ids of its records and what is wrong with the others, or the outcome. */
export async function summaries(
  bytes: Uint8Array,
  options: ReadOptions = {},
): Promise<{ whole: string; streamed: string }> {
  const read = readLogFile(bytes, scanner, options)
  const stream = await streamLogFile(bytes, scanner, options)
  if (stream.outcome !== 'records') return { whole: summary(read), streamed: summary(stream) }
  const parts: string[] = []
  let count = 0
  for await (const batch of stream.batches()) {
    parts.push(...entriesOf(batch))
    count += batch.read
  }
  expect(count).toBe(stream.read)
  if (read.outcome === 'records') {
    expect([stream.sha256, stream.rawBytes, stream.read]).toEqual([read.sha256, read.rawBytes, read.batch.read])
  }
  return { whole: summary(read), streamed: parts.join(' ') }
}

type Batch = Extract<LogFileRead, { outcome: 'records' }>['batch']

export function entriesOf(batch: Batch): string[] {
  expect(batch.read).toBe(batch.records.length + batch.unusable.length)
  const all = [...batch.records, ...batch.unusable].sort((a, b) => a.index - b.index)
  return all.map((entry) => `${entry.index}:${'reason' in entry ? entry.reason : eventIdOf(batch, entry)}`)
}

export function summary(read: LogFileRead | { outcome: string }): string {
  if ('batch' in read) return entriesOf(read.batch).join(' ')
  if ('code' in read) return `${read.code}: ${read.reason}`
  return 'kind' in read ? read.kind : read.outcome
}
