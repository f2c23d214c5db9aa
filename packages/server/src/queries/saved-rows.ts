import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Lake } from '@traillake/core'
import type { SavedRows } from './query-record.ts'

export type TextRow = readonly (string | null)[]

/** Rows between two offsets: a page touches two such parts at most. */
export const PART = 1000
const FILE = 'rows.ndjson'
/** What is held in memory before a file is begun. */
const HELD_BYTES = 4 * 1024 * 1024

/** Writes the rows of one query: JSON arrays of text cells, one a line. */
export interface RowWriter {
  readonly bytes: number
  add(rows: readonly TextRow[]): Promise<void>
  /** Saves what was added. */
  save(columns: readonly string[]): Promise<SavedRows>
  /** Frees what was not saved; safe to call at any time. */
  close(): Promise<void>
}

export function createRowWriter(lake: Lake, queryId: string): RowWriter {
  const offsets: number[] = []
  let rows = 0
  let bytes = 0
  let held: Buffer[] = []
  let heldBytes = 0
  let folder: string | undefined
  let file: WriteStream | undefined

  async function flush(): Promise<void> {
    if (!file) {
      folder = await mkdtemp(join(tmpdir(), 'traillake-result-'))
      file = createWriteStream(join(folder, FILE))
    }
    for (const part of held) if (!file.write(part)) await once(file, 'drain')
    held = []
    heldBytes = 0
  }

  return {
    get bytes() {
      return bytes
    },
    async add(batch) {
      const lines: string[] = []
      for (const row of batch) {
        const line = `${JSON.stringify(row)}\n`
        if (rows % PART === 0) offsets.push(bytes)
        rows += 1
        bytes += Buffer.byteLength(line)
        lines.push(line)
      }
      const part = Buffer.from(lines.join(''))
      held.push(part)
      heldBytes += part.length
      if (heldBytes > HELD_BYTES) await flush()
    },
    async save(columns) {
      if (file) {
        await flush()
        file.end()
        await finished(file)
        await lake.results.writeFile(queryId, FILE, join(folder!, FILE))
      } else {
        await lake.results.write(queryId, FILE, Buffer.concat(held))
      }
      return { columns, rows, offsets: [...offsets, bytes] }
    },
    async close() {
      file?.destroy()
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Rows `from` to `from + count` of a saved result, as far as there are any. */
export async function readRows(
  lake: Lake,
  queryId: string,
  { offsets, rows }: SavedRows,
  from: number,
  count: number,
): Promise<readonly TextRow[]> {
  const end = Math.min(rows, from + count)
  if (from >= end) return []
  const firstPart = Math.floor(from / PART)
  const start = offsets[firstPart]!
  const length = offsets[Math.ceil(end / PART)]! - start
  const bytes = await lake.results.read(queryId, FILE, { start, length })
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8').split('\n')
  const skip = firstPart * PART
  return lines.slice(from - skip, end - skip).map((line) => JSON.parse(line) as TextRow)
}
