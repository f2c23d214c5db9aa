import { once } from 'node:events'
import type { QueryResult } from '@traillake/core'
import { formatCount, formatDuration } from './numbers.ts'

export const formats = ['table', 'json', 'ndjson', 'csv', 'arrow'] as const
export type FormatName = (typeof formats)[number]

/** How many rows a table draws; a longer answer belongs in another format. */
const TABLE_ROWS = 1000

/** Writes a whole answer to a stream, as fast as the stream takes it. */
export async function writeResult(result: QueryResult, format: FormatName, out: NodeJS.WritableStream): Promise<void> {
  for await (const part of encodeResult(result, format)) if (!out.write(part)) await once(out, 'drain')
}

/** A whole answer in parts, as they come. */
export async function* encodeResult(result: QueryResult, format: FormatName): AsyncIterable<string | Uint8Array> {
  const { encodeCsv, encodeNdjson } = await import('@traillake/core')
  switch (format) {
    case 'json':
      yield* jsonOf(result)
      return
    case 'ndjson':
      yield* encodeNdjson(result)
      return
    case 'csv':
      yield* encodeCsv(result)
      return
    case 'arrow':
      yield* result.arrowStream()
      return
    case 'table':
      yield await tableOf(result)
  }
}

/** `{"columns": …, "rows": […]}`, row by row: an answer need not fit in memory. */
async function* jsonOf(result: QueryResult): AsyncIterable<string> {
  yield `{"columns":${JSON.stringify(result.columns)},"rows":[`
  let separator = ''
  for await (const batch of result.batches()) {
    if (batch.length === 0) continue
    yield separator + batch.map((row) => JSON.stringify(row)).join(',\n')
    separator = ',\n'
  }
  yield ']}\n'
}

const RIGHT = /^(tinyint|smallint|integer|bigint|real|double|decimal.*)$/

async function tableOf(result: QueryResult): Promise<string> {
  const { drawTable } = await import('./table.ts')
  const rows: string[][] = []
  let total = 0
  for await (const batch of result.textBatches()) {
    for (const row of batch) {
      total += 1
      if (rows.length < TABLE_ROWS) rows.push(row.map((cell) => cell ?? 'NULL'))
    }
  }
  const right = new Set(result.columns.flatMap((column, i) => (RIGHT.test(column.type) ? [i] : [])))
  const drawn = drawTable(
    result.columns.map((column) => column.name),
    rows,
    { right, maxWidth: process.stdout.isTTY ? process.stdout.columns : undefined },
  )
  const shown =
    total > rows.length ? `, the first ${formatCount(rows.length)} shown: use --format csv or ndjson for all` : ''
  return `${drawn}\n${formatCount(total)} row${total === 1 ? '' : 's'}${shown}, ${formatDuration(result.statistics.totalMs)}\n`
}
