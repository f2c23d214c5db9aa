import { quoteSqlString } from '../../engine/instance.ts'
import type { DataFile } from '../../table/index.ts'
import { checkRowCount } from './check-files.ts'
import { statisticsSql, wrongStatistics } from './check-statistics.ts'
import { damageOf, type EventColumns, rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'

/**
 * Reads every value of every data file, one file at a time: it can be read, its rows are as many as the log says, lie in their
 * partition, and are not excluded by the log's statistics. Leaves a digest of the events of each raw file in `verify_stored`.
 */
export async function checkData(check: StoreCheck, columns: EventColumns): Promise<void> {
  const { connection, files, findings, checked } = check
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE verify_stored (source VARCHAR, n BIGINT, content HUGEINT, texts HUGEINT)',
  )
  const total = files.size
  let done = 0
  for (const [path, file] of [...files]) {
    check.checkStopped()
    check.progress('data', done++, total)
    try {
      await connection.run(
        `INSERT INTO verify_stored SELECT _source, count(*), sum(${columns.hash}), sum(hash(_record, eventjson))
         FROM ${columns.from(path)} GROUP BY _source`,
      )
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
    } catch (error) {
      check.checkStopped()
      findings.error('FILE_DAMAGED', file.key, damageOf(error), HINTS.restore)
      files.delete(path)
    }
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
