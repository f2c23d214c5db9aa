import { quoteSqlString } from '../../engine/instance.ts'
import type { DataFile } from '../../table/index.ts'
import { checkRowCount } from './check-files.ts'
import { statisticsSql, wrongStatistics } from './check-statistics.ts'
import { damageOf, type EventColumns, rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'
import { withFiles } from './gone.ts'
import { inFileLanes, inTurns } from './lanes.ts'

/** Rows of `verify_stored` that are written in one statement. */
const ROWS_AT_ONCE = 1000

/**
 * Reads every value of every data file: it can be read, its rows are as many as the log says, lie in their partition, and are not
 * excluded by the log's statistics. Leaves a digest of the events of each raw file in `verify_stored`.
 */
export async function checkData(check: StoreCheck, columns: EventColumns): Promise<void> {
  const { files, findings, checked } = check
  await check.connection.run(
    'CREATE OR REPLACE TEMP TABLE verify_stored (source VARCHAR, n BIGINT, content HUGEINT, texts HUGEINT)',
  )
  const total = files.size
  let done = 0
  const inTurn = inTurns()
  await inFileLanes(check, [...files], async ([path, file], connection) => {
    check.progress('data', done++, total)
    const read = async () => {
      const digests = await rowsOf<Digest>(
        connection,
        `SELECT _source, count(*), sum(${columns.hash})::VARCHAR, sum(hash(_record, eventjson))::VARCHAR
         FROM ${columns.from(path)} GROUP BY _source`,
      )
      await inTurn(() => keepDigests(check, digests))
      const places = placeColumns(file, columns)
      const wrongPlaces = places.length === 0 ? '0' : `count(*) FILTER (WHERE ${places.join(' OR ')})`
      const wrongCopies = `count(*) FILTER (WHERE ${copyChecks(columns).join(' OR ')})`
      const [values] = await rowsOf<(string | null)[]>(
        connection,
        `SELECT count(*)::VARCHAR, (${wrongPlaces})::VARCHAR, (${wrongCopies})::VARCHAR, ${statisticsSql(columns).join(', ')}
         FROM ${columns.from(path)}`,
      )
      const [rows, misplaced, copies, ...statistics] = values!
      checked.events += Number(rows)
      checkRowCount(check, path, Number(rows))
      if (Number(misplaced) > 0) {
        const message = `${misplaced} events do not belong to its partition: queries would not find them`
        findings.error('PARTITION_WRONG', file.key, message, HINTS.reimport)
      }
      if (Number(copies) > 0) {
        const message = `${copies} events have other values in the columns that queries skip rows by`
        findings.error('EVENT_DIFFERS', file.key, message, HINTS.reimport)
      }
      for (const wrong of wrongStatistics(file, columns, statistics)) {
        findings.error('STATISTICS_WRONG', file.key, `${wrong}: queries would miss events`, HINTS.restore)
      }
    }
    try {
      await withFiles(check, [path], read)
    } catch (error) {
      check.checkStopped()
      findings.error('FILE_DAMAGED', file.key, damageOf(error), HINTS.restore)
      files.delete(path)
    }
  })
}

/** Of the events of one raw file in one data file: the raw file, how many, and two sums over them. */
type Digest = readonly [source: string | null, n: bigint, content: string, texts: string]

async function keepDigests({ connection }: StoreCheck, digests: readonly Digest[]): Promise<void> {
  for (let at = 0; at < digests.length; at += ROWS_AT_ONCE) {
    const rows = digests
      .slice(at, at + ROWS_AT_ONCE)
      .map(([source, ...sums]) => `(${source === null ? 'NULL' : quoteSqlString(source)}, ${sums.join(', ')})`)
    await connection.run(`INSERT INTO verify_stored VALUES ${rows.join(', ')}`)
  }
}

const DAY = "CASE WHEN year(eventtime) BETWEEN 0 AND 9999 THEN strftime(eventtime, '%Y-%m-%d') END"
const PLACES: Readonly<Record<string, readonly [column: string, expression: string]>> = {
  account: [
    'recipientaccountid',
    "CASE WHEN regexp_full_match(recipientaccountid, '\\d{12}') THEN recipientaccountid END",
  ],
  region: ['awsregion', "CASE WHEN regexp_full_match(awsregion, '[a-z0-9-]{1,64}') THEN awsregion END"],
  date: ['eventtime', DAY],
}

/** Conditions that hold for events which are not of a file's partition. */
function placeColumns(file: DataFile, columns: EventColumns): readonly string[] {
  return Object.entries(file.partitionValues).flatMap(([name, value]) => {
    const place = PLACES[name]
    if (!place || !columns.names.has(place[0])) return []
    return [`(${place[1]}) IS DISTINCT FROM ${value === null ? 'NULL' : quoteSqlString(value)}`]
  })
}

/** Conditions that hold for events whose flat copies are not what they copy. */
function copyChecks(columns: EventColumns): readonly string[] {
  const day = 'calendarday IS DISTINCT FROM year(eventtime) * 10000 + month(eventtime) * 100 + day(eventtime)'
  if (!columns.names.has('useridentity')) return [day]
  return [day, '_arn IS DISTINCT FROM useridentity.arn', '_accesskeyid IS DISTINCT FROM useridentity.accesskeyid']
}
