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
import { eventIdOf, NO_TAPE, recordTree, sourceBytes } from '../../events/index.ts'
import type { LayoutName } from '../../schema/index.ts'
import { parseTimestampStat } from '../../table/index.ts'
import { EVENT_STATISTICS, statsOf } from '../file-stats.ts'
import type { PartitionLayout } from '../types.ts'
import { quarantineRecord } from './batch-scan.ts'
import type { Row } from './batch-state.ts'
import { createParsedFeed, type ParsedFeed } from './parsed-feed.ts'
import { type PartitionRows, partitionRows } from './partition-rows.ts'
import type { StagedFile } from './protocol.ts'
import type { QuarantineWriter } from './quarantine-writer.ts'
import { createTapedWriter } from './taped-writer.ts'

export interface EventWriter {
  /**
   * Writes rows to staged files, one a partition. All rows must be held. A row whose record the engine's JSON reader
   * refuses goes to quarantine as `malformed`.
   */
  write(rows: readonly Row[], quarantine: QuarantineWriter): Promise<readonly StagedFile[]>
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

  async function copy(feed: ParsedFeed, rows: readonly Row[]): Promise<WrittenParquet> {
    feed.offer(rows)
    const maxRows = ROOMS.find((room) => rows.length <= room) ?? ROW_GROUP_SIZE
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
    rows: readonly Row[],
    quarantine: QuarantineWriter,
  ): Promise<{ readonly written: WrittenParquet; readonly rows: readonly Row[] } | undefined> {
    parsed ??= createParsedFeed(await connect(), 'import_records', options.schema)
    try {
      return { written: await copy(parsed, rows), rows }
    } catch (error) {
      const refused = await parsed.findRefused()
      if (refused.size === 0) throw error
      for (const position of refused) await quarantineRow(quarantine, rows[position]!, 'malformed')
      const others = rows.filter((_, position) => !refused.has(position))
      return others.length === 0 ? undefined : { written: await copy(parsed, others), rows: others }
    }
  }

  async function writePartition(
    partition: PartitionRows,
    quarantine: QuarantineWriter,
  ): Promise<StagedFile | undefined> {
    try {
      const isTaped = taped !== undefined && partition.rows.every((row) => row.record.tape !== NO_TAPE)
      const copied = isTaped
        ? { written: await taped.write(partition.rows, output), rows: partition.rows }
        : await copyParsed(partition.rows, quarantine)
      if (!copied) return undefined
      const { written, rows } = copied
      checkWritten(rows, written)
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
    async write(rows, quarantine) {
      const staged: StagedFile[] = []
      for (const partition of partitionRows(rows, options.layout)) {
        options.checkStopped?.()
        const file = await writePartition(partition, quarantine)
        if (file) staged.push(file)
      }
      return staged
    },
  }
}

/** Sends a row to quarantine with the bytes it was delivered in. */
export async function quarantineRow(
  quarantine: QuarantineWriter,
  row: Row,
  fate: 'conflicting' | 'malformed',
): Promise<void> {
  row.fate = fate
  const { batch, record } = row
  const reason = fate === 'malformed' ? 'malformed JSON' : 'conflicting'
  const offset = row.file.streamed || row.file.form !== undefined ? null : record.start
  await quarantineRecord(
    quarantine,
    row.file,
    record.index,
    offset,
    eventIdOf(batch, record),
    reason,
    sourceBytes(batch!, record),
  )
}

/**
 * The scan decided partitions and identities, the engine wrote the cells: the two must agree, or readers would skip files
 * that hold what they look for.
 */
function checkWritten(rows: readonly Row[], written: WrittenParquet): void {
  if (written.rows !== rows.length) {
    throw new TraillakeError('ACCOUNTING_MISMATCH', { what: 'a data file', read: rows.length, counted: written.rows })
  }
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const {
    record: { eventTimeMs },
  } of rows) {
    if (eventTimeMs < min) min = eventTimeMs
    if (eventTimeMs > max) max = eventTimeMs
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
