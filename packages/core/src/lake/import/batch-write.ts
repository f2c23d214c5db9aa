import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'
import { type RowSource, registerRowSource } from '../../engine/table-function.ts'
import {
  LARGE_FILE_ROWS,
  type PreparedParquet,
  prepareParquet,
  ROW_GROUP_SIZE,
  type WrittenParquet,
} from '../../engine/write-parquet.ts'
import { TraillakeError } from '../../errors/index.ts'
import { eventJsonBytes, recordSql, sourceBytes, typedBytes } from '../../events/index.ts'
import type { LayoutName } from '../../schema/index.ts'
import { parseTimestampStat } from '../../table/index.ts'
import { EVENT_STATISTICS, statsOf } from '../file-stats.ts'
import type { PartitionLayout } from '../types.ts'
import { quarantineRecord } from './batch-scan.ts'
import type { Row } from './batch-state.ts'
import { type PartitionRows, partitionRows } from './partition-rows.ts'
import type { StagedFile } from './protocol.ts'
import type { QuarantineWriter } from './quarantine-writer.ts'

export interface EventWriter {
  /**
   * Writes rows to staged files, one a partition. All rows must be held. A row whose record the engine's JSON reader
   * refuses goes to quarantine as `malformed`.
   */
  write(rows: readonly Row[], quarantine: QuarantineWriter): Promise<readonly StagedFile[]>
}

/** Sizes of the room that DuckDB makes for dictionaries: each is a statement of its own. */
const ROOMS = [256, 2048, LARGE_FILE_ROWS - 1, ROW_GROUP_SIZE]

export interface EventWriterOptions {
  readonly schema: LayoutName
  readonly layout: PartitionLayout
  readonly staging: string
  /** Throws once the work is to stop. */
  readonly checkStopped?: () => void
}

/**
 * Makes a writer on a connection of its own: rows go through a table function, are typed by `from_json` and copied out.
 *
 * @param lane keeps the names of table functions apart, which all connections of an instance share
 */
export function createEventWriter(
  connection: DuckDBConnection,
  lane: number,
  options: EventWriterOptions,
): EventWriter {
  const records = `import_records_${lane}`
  const source = registerRowSource(connection, records, [
    { name: 'typed', type: 'VARCHAR' },
    { name: 'text', type: 'VARCHAR' },
    { name: 'source', type: 'VARCHAR' },
    { name: 'index', type: 'BIGINT' },
  ])
  const { parseType, columns } = recordSql(options.schema, {
    record: 'r.record',
    eventJson: 'r.text',
    source: 'r.source',
    index: 'r.index',
  })
  const parse = `from_json(typed, ${quoteSqlString(parseType)})`
  const query = `SELECT ${columns.map((c) => `${c.expression} AS ${quoteSqlName(c.name)}`).join(', ')}
    FROM (SELECT ${parse} AS record, coalesce(text, typed) AS text, source, index FROM ${records}()) r`
  const refusedQuery = `SELECT position FROM (
      SELECT (row_number() OVER ()) - 1 AS position, TRY(${parse}) IS NULL AS refused FROM ${records}())
    WHERE refused`

  /** Rows of a partition that the engine cannot read, by position. */
  async function findRefused(): Promise<ReadonlySet<number>> {
    const result = await connection.runAndReadAll(refusedQuery)
    return new Set(result.getRows().map(([position]) => Number(position)))
  }

  /** COPY statements by the number of rows that they have room for; all write to one path. */
  const copies = new Map<number, Promise<PreparedParquet>>()
  const output = join(options.staging, `${randomUUID()}.lane`)

  async function copy(rowCount: number): Promise<WrittenParquet> {
    const maxRows = ROOMS.find((room) => rowCount <= room) ?? ROW_GROUP_SIZE
    let prepared = copies.get(maxRows)
    if (!prepared) {
      prepared = prepareParquet(connection, { query, path: output, maxRows, level: 1 })
      copies.set(maxRows, prepared)
    }
    return (await prepared).write()
  }

  async function writePartition(
    partition: PartitionRows,
    quarantine: QuarantineWriter,
  ): Promise<StagedFile | undefined> {
    let { rows } = partition
    try {
      offer(source, rows)
      let written: WrittenParquet
      try {
        written = await copy(rows.length)
      } catch (error) {
        rmSync(output, { force: true })
        const refused = await findRefused()
        if (refused.size === 0) throw error
        for (const position of refused) await quarantineRow(quarantine, rows[position]!, 'malformed')
        rows = rows.filter((_, position) => !refused.has(position))
        if (rows.length === 0) return undefined
        offer(source, rows)
        written = await copy(rows.length)
      }
      checkWritten(rows, written)
      const path = join(options.staging, `${randomUUID()}.parquet`)
      renameSync(output, path)
      return { path, partitionValues: partition.values, rows: written.rows, stats: statsOf(written, EVENT_STATISTICS) }
    } catch (error) {
      throw engineError(error, output)
    } finally {
      source.clear()
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

function offer(source: RowSource, rows: readonly Row[]): void {
  const sourceIds = new Map<object, Buffer>()
  source.set({
    rowCount: rows.length,
    values: [
      (i) => typedBytes(rows[i]!.batch!, rows[i]!.record),
      (i) => {
        const { batch, record } = rows[i]!
        // Where one text serves for both it is handed over once.
        return record.typed === null && record.compact === null ? null : eventJsonBytes(batch!, record)
      },
      (i) => {
        const { file } = rows[i]!
        let id = sourceIds.get(file)
        if (!id) {
          id = Buffer.from(file.file.sourceId)
          sourceIds.set(file, id)
        }
        return id
      },
      (i) => BigInt(rows[i]!.record.index),
    ],
  })
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
  const offset = row.file.streamed ? null : record.start
  await quarantineRecord(
    quarantine,
    row.file,
    record.index,
    offset,
    record.eventId,
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
