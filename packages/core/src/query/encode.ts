import { csvLine } from '../results/index.ts'
import type { QueryResult } from './types.ts'

/** The whole answer as CSV (RFC 4180, lines end in LF): a header of labels, then text cells; NULL is empty, an empty text is `""`. */
export async function* encodeCsv(result: QueryResult): AsyncGenerator<string, void, undefined> {
  yield csvLine(result.columns.map((column) => column.name))
  for await (const batch of result.textBatches()) yield batch.map(csvLine).join('')
}

/** The whole answer as JSON objects, one a line. Numbers that JSON cannot hold, decimals and times are text; bytes are base64. */
export async function* encodeNdjson(result: QueryResult): AsyncGenerator<string, void, undefined> {
  for await (const batch of result.jsonBatches()) yield batch.map((line) => `${line}\n`).join('')
}
