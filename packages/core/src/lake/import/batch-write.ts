import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import {
  type PreparedParquet,
  prepareParquet,
  ROW_GROUP_SIZE,
  type WrittenParquet,
} from '../../engine/write-parquet.ts'
import { TraillakeError } from '../../errors/index.ts'
import { NO_TAPE, recordTree, sourceBytes } from '../../events/index.ts'
import type { LayoutName } from '../../schema/index.ts'
import { parseTimestampStat } from '../../table/index.ts'
import { EVENT_STATISTICS, statsOf } from '../file-stats.ts'
import type { PartitionLayout } from '../types.ts'
import { quarantineRecord } from './batch-scan.ts'
import { createParsedFeed, type ParsedFeed } from './parsed-feed.ts'
import { type PartitionRows, partitionRows } from './partition-rows.ts'
import type { StagedFile } from './protocol.ts'
import type { QuarantineWriter } from './quarantine-writer.ts'
import { Fate, type Rows } from './rows.ts'
import { createTapedWriter } from './taped-writer.ts'

export interface EventWriter {
  /**
   * Writes some rows to staged files, one a partition. All of them must be held. A row whose record the engine's JSON reader
   * refuses goes to quarantine as `malformed`.
   */
  write(rows: Rows, some: readonly number[], quarantine: QuarantineWriter): Promise<readonly StagedFile[]>
}

/** Sizes of the room that DuckDB makes for dictionaries: each is a statement of its own. */
const ROOMS = [256, 2048, ROW_GROUP_SIZE]

export interface EventWriterOptions {
  readonly schema: LayoutName
  readonly layout: PartitionLayout
  readonly staging: string
  /** Throws once the work is to stop. */
  readonly checkStopped?: () => void
}

/**
 * Makes a writer. Rows whose records have tapes are written as they are; others go as texts through `from_json` on a connection
 * of the engine, which is opened for the first of them, and are copied out.
 */
export function createEventWriter(connect: () => Promise<DuckDBConnection>, options: EventWriterOptions): EventWriter {
  const output = join(options.staging, `${randomUUID()}.part`)
  const tree = recordTree(options.schema)
  const taped = tree && createTapedWriter(options.schema, tree, options.checkStopped)
  let parsed: ParsedFeed | undefined
  /** COPY statements by the number of rows that they have room for; all write to one path. */
  const copies = new Map<number, Promise<PreparedParquet>>()

  async function copy(feed: ParsedFeed, rows: Rows, some: readonly number[]): Promise<WrittenParquet> {
    feed.offer(rows, some)
    const maxRows = ROOMS.find((room) => some.length <= room) ?? ROW_GROUP_SIZE
    let prepared = copies.get(maxRows)
    if (!prepared) {
      prepared = prepareParquet(await connect(), { query: feed.query, path: output, maxRows, isDraft: true })
      copies.set(maxRows, prepared)
    }
    const statement = await prepared
    try {
      return await statement.write()
    } catch (error) {
      rmSync(output, { force: true })
      throw error
    }
  }

  /** Writes rows that the engine's JSON reader is to type; those it refuses go to quarantine. */
  async function copyParsed(
    rows: Rows,
    some: readonly number[],
    quarantine: QuarantineWriter,
  ): Promise<{ readonly written: WrittenParquet; readonly some: readonly number[] } | undefined> {
    parsed ??= createParsedFeed(await connect(), 'import_records', options.schema)
    try {
      return { written: await copy(parsed, rows, some), some }
    } catch (error) {
      const refused = await parsed.findRefused()
      if (refused.size === 0) throw error
      for (const position of refused) await quarantineRow(quarantine, rows, some[position]!, Fate.malformed)
      const others = some.filter((_, position) => !refused.has(position))
      return others.length === 0 ? undefined : { written: await copy(parsed, rows, others), some: others }
    }
  }

  async function writePartition(
    rows: Rows,
    partition: PartitionRows,
    quarantine: QuarantineWriter,
  ): Promise<StagedFile | undefined> {
    try {
      const isTaped = taped !== undefined && partition.rows.every((row) => rows.tape(row) !== NO_TAPE)
      const copied = isTaped
        ? { written: await taped.write(rows, partition.rows, output), some: partition.rows }
        : await copyParsed(rows, partition.rows, quarantine)
      if (!copied) return undefined
      const { written, some } = copied
      checkWritten(rows, some, written)
      const path = join(options.staging, `${randomUUID()}.parquet`)
      renameSync(output, path)
      return { path, partitionValues: partition.values, rows: written.rows, stats: statsOf(written, EVENT_STATISTICS) }
    } catch (error) {
      throw engineError(error, output)
    } finally {
      parsed?.clear()
    }
  }

  return {
    async write(rows, some, quarantine) {
      const staged: StagedFile[] = []
      for (const partition of partitionRows(rows, some, options.layout)) {
        options.checkStopped?.()
        const file = await writePartition(rows, partition, quarantine)
        if (file) staged.push(file)
      }
      return staged
    },
  }
}

/** Sends a row to quarantine with the bytes it was delivered in. */
export async function quarantineRow(
  quarantine: QuarantineWriter,
  rows: Rows,
  row: number,
  fate: typeof Fate.conflicting | typeof Fate.malformed,
): Promise<void> {
  rows.setFate(row, fate)
  const file = rows.file(row)
  const record = rows.record(row)
  const reason = fate === Fate.malformed ? 'malformed JSON' : 'conflicting'
  const offset = file.streamed || file.form !== undefined ? null : record.start
  const bytes = sourceBytes(rows.batch(row)!, record)
  await quarantineRecord(quarantine, file, record.index, offset, rows.eventId(row), reason, bytes)
}

/**
 * The scan decided partitions and identities, the engine wrote the cells: the two must agree, or readers would skip files
 * that hold what they look for.
 */
function checkWritten(rows: Rows, some: readonly number[], written: WrittenParquet): void {
  if (written.rows !== some.length) {
    throw new TraillakeError('ACCOUNTING_MISMATCH', { what: 'a data file', read: some.length, counted: written.rows })
  }
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const row of some) {
    const timeMs = rows.timeMs(row)
    if (timeMs < min) min = timeMs
    if (timeMs > max) max = timeMs
  }
  const time = written.columns.get('eventtime')
  if (parseTimestampStat(time?.min) !== min || parseTimestampStat(time?.max) !== max || time?.nullCount !== 0) {
    throw new TraillakeError('GENERIC_INTERNAL_ERROR', {
      message: `the times of a data file are not those of its records (${time?.min} to ${time?.max})`,
    })
  }
}

/** What a failure of the engine or the disk is to callers; errors of ours stay what they are. */
function engineError(error: unknown, path: string): Error {
  if (error instanceof TraillakeError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (/no space left|disk quota/i.test(message))
    return new TraillakeError('STORAGE_FULL', { key: path }, { cause: error })
  if (/permission denied/i.test(message)) {
    return new TraillakeError('STORAGE_DENIED', { operation: 'write', key: path }, { cause: error })
  }
  if (/out of memory/i.test(message)) return new TraillakeError('EXCEEDED_MEMORY_LIMIT', {}, { cause: error })
  return new TraillakeError('GENERIC_INTERNAL_ERROR', { message }, { cause: error })
}
