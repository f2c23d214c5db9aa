import { once } from 'node:events'
import type { QueryResult } from '@traillake/core'
import { formatCount, formatDuration } from './numbers.ts'

export const formats = ['table', 'json', 'ndjson', 'csv', 'arrow'] as const
export type FormatName = (typeof formats)[number]

/** How many rows a table draws; a longer answer belongs in another format. */
const TABLE_ROWS = 1000

/** Writes a whole answer to a stream, as fast as the stream takes it. */
export async function writeResult(result: QueryResult, format: FormatName, out: NodeJS.WritableStream): Promise<void> {
  for await (const part of encode(result, format)) if (!out.write(part)) await once(out, 'drain')
}

async function* encode(result: QueryResult, format: FormatName): AsyncIterable<string | Uint8Array> {
  const { encodeCsv, encodeNdjson } = await import('@traillake/core')
  switch (format) {
    case 'json':
      yield `${JSON.stringify(await result.toJson())}\n`
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

const RIGHT = /^(tinyint|smallint|integer|bigint|real|double|decimal.*)$/

async function tableOf(result: QueryResult): Promise<string> {
  const [{ formatCell }, { drawTable }] = await Promise.all([import('@traillake/core'), import('./table.ts')])
  const rows: string[][] = []
  let total = 0
  for await (const batch of result.batches()) {
    for (const row of batch) {
      total += 1
      if (rows.length < TABLE_ROWS) rows.push(row.map((cell, i) => formatCell(cell, result.columns[i]!.type)))
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
