import { type Field, layouts } from '@traillake/core/schema'

/*
 * What an expert writes with DuckDB alone: read_json of the whole folder, from_json into the Lake columns, COPY to Parquet. The same
 * columns as traillake stores, apart from accounting: nothing here checks CRCs, counts, drops duplicates or survives a bad file.
 */

const columns = layouts.events.columns.filter((column) => column.json !== '')

/** The type that from_json reads a record as, member names as CloudTrail spells them. */
function jsonType({ kind }: Field): string {
  if (typeof kind === 'object') return 'struct' in kind ? structOf(kind.struct) : `${structOf(kind.array)}[]`
  switch (kind) {
    case 'map':
      return 'MAP(VARCHAR, VARCHAR)'
    case 'timestamp':
      return 'TIMESTAMP'
    default:
      return kind.toUpperCase()
  }
}

const structOf = (fields: readonly Field[]): string =>
  `STRUCT(${fields.map((f) => `"${f.json}" ${jsonType(f)}`).join(', ')})`

/** The type of the stored column, member names in lower case. */
function storedType({ kind }: Field): string {
  if (typeof kind === 'object') {
    const fields = 'struct' in kind ? kind.struct : kind.array
    const struct = `STRUCT(${fields.map((f) => `"${f.name}" ${storedType(f)}`).join(', ')})`
    return 'struct' in kind ? struct : `${struct}[]`
  }
  return kind === 'map' ? 'MAP(VARCHAR, VARCHAR)' : kind === 'timestamp' ? 'TIMESTAMP' : kind.toUpperCase()
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The events of a bucket folder in the columns of a store, read from the log files each time. */
export function rawSql(source: string): string {
  const jsonStruct = JSON.stringify(Object.fromEntries(columns.map((f) => [f.json, jsonTransform(f)])))
  const parsed = `SELECT j, from_json(j, ${quote(jsonStruct)}) AS r FROM (${recordsSql(source)})`
  const select = columns.map((f) => `CAST(r."${f.json}" AS ${storedType(f)}) AS "${f.name}"`)
  select.push(
    'CAST(j AS VARCHAR) AS eventjson',
    `CAST(strftime(r."eventTime", '%Y%m%d') AS BIGINT) AS calendarday`,
    'r."userIdentity"."accessKeyId" AS _accesskeyid',
    'r."userIdentity".arn AS _arn',
  )
  select.push('r."recipientAccountId" AS account', 'r."awsRegion" AS region', 'CAST(r."eventTime" AS DATE) AS date')
  return `SELECT ${select.join(', ')} FROM (${parsed})`
}

/** Imports a bucket folder into Parquet under `target`, by account, region and date, or by date alone. */
export function importSql(source: string, target: string, layout: 'account-region-date' | 'date'): string {
  return copySql(rawSql(source), target, layout)
}

/** The same, and keeps each event once. */
export function importOnceSql(source: string, target: string, layout: 'account-region-date' | 'date'): string {
  const once = `SELECT * EXCLUDE (copy) FROM (SELECT *, row_number() OVER (PARTITION BY account, eventid) AS copy FROM (${rawSql(source)})) WHERE copy = 1`
  return copySql(once, target, layout)
}

/** Writes a native table's rows as an import does. */
export function exportSql(target: string, layout: 'account-region-date' | 'date'): string {
  return copySql('SELECT * FROM events', target, layout)
}

function copySql(query: string, target: string, layout: 'account-region-date' | 'date'): string {
  const partition = layout === 'date' ? 'date' : 'account, region, date'
  return `COPY (${query}) TO ${quote(target)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (${partition}), OVERWRITE_OR_IGNORE)`
}

/** Inflates and parses every record of a bucket folder, and keeps nothing. */
export function parseSql(source: string): string {
  return `SELECT count(*), max(json_type(j)) FROM (${recordsSql(source)})`
}

/** Loads a bucket folder into a native table. */
export function loadSql(source: string): string {
  return `CREATE TABLE events AS ${rawSql(source)}`
}

/** A row for each record of a bucket folder. */
function recordsSql(source: string): string {
  return `SELECT unnest("Records") AS j FROM read_json(${quote(`${source}/AWSLogs/**/*.json.gz`)}, columns = {"Records": 'JSON[]'}, maximum_object_size = 268435456)`
}

/** What reads Parquet files in hive folders. */
export function hiveSql(files: readonly string[], layout: 'account-region-date' | 'date'): string {
  const types = layout === 'date' ? `{'date': DATE}` : `{'account': VARCHAR, 'region': VARCHAR, 'date': DATE}`
  return `SELECT * FROM read_parquet([${files.map(quote).join(', ')}], hive_partitioning = true, hive_types = ${types})`
}

/** Writes the by-hand Parquet again as an importer that makes a few files of each log file's partition leaves it. */
export function smallFilesSql(parquet: string, target: string, layout: 'account-region-date' | 'date'): string {
  const partition = layout === 'date' ? 'date' : 'account, region, date'
  const rows = `SELECT *, hash(eventid) % ${FILES_A_PARTITION} AS part FROM (${hiveSql([`${parquet}/**/*.parquet`], layout)})`
  return `COPY (${rows}) TO ${quote(target)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (${partition}, part), OVERWRITE_OR_IGNORE)`
}

const FILES_A_PARTITION = 50

/** from_json's structure argument is JSON: types as text, structs as objects, lists as arrays. */
function jsonTransform(field: Field): unknown {
  const { kind } = field
  if (typeof kind !== 'object') return jsonType(field)
  const struct = Object.fromEntries(
    ('struct' in kind ? kind.struct : kind.array).map((f) => [f.json, jsonTransform(f)]),
  )
  return 'struct' in kind ? struct : [struct]
}

/** Loads the by-hand Parquet into a native table: the upper bound of what a query can cost. */
export function nativeTableSql(parquet: string, layout: 'account-region-date' | 'date'): string {
  return `CREATE TABLE events AS ${hiveSql([`${parquet}/**/*.parquet`], layout)} ORDER BY date`
}
