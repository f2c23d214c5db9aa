/** What the words of the benchmark's questions are in an engine's SQL. */
export interface Dialect {
  /** The value of a map's key, NULL where it has none. */
  at(map: string, key: string): string
  timestamp(text: string): string
  date(time: string): string
  /** Whole minutes since the event before of the same `by`. */
  minutesSinceLast(time: string, by: string): string
  number(text: string): string
  percentile95(value: string): string
  /** The name of the first of a JSON text's `items`. */
  firstItemName(json: string): string
  /** A FROM clause with one row `r` a resource. */
  readonly resources: string
  /** What is done to the whole text. */
  finish(sql: string): string
}

export const lakeSql: Dialect = {
  at: (map, key) => `element_at(${map}, '${key}')`,
  timestamp: (text) => `'${text}'`,
  date: (time) => `date(${time})`,
  minutesSinceLast: (time, by) =>
    `date_diff('minute', lag(${time}) OVER (PARTITION BY ${by} ORDER BY ${time}), ${time})`,
  number: (text) => `CAST(${text} AS double)`,
  percentile95: (value) => `approx_percentile(${value}, 0.95)`,
  firstItemName: (json) => `json_extract_scalar(${json}, '$.items[0].name')`,
  resources: 'events CROSS JOIN UNNEST(resources) AS r',
  finish: (sql) => sql,
}

export const duckDbSql: Dialect = {
  at: (map, key) => `${map}['${key}']`,
  timestamp: (text) => `TIMESTAMP '${text}'`,
  date: (time) => `CAST(${time} AS DATE)`,
  minutesSinceLast: (time, by) =>
    `date_sub('minute', lag(${time}) OVER (PARTITION BY ${by} ORDER BY ${time}), ${time})`,
  number: (text) => `CAST(${text} AS DOUBLE)`,
  percentile95: (value) => `quantile_disc(${value}, 0.95)`,
  firstItemName: (json) => `json_extract_string(${json}, '$.items[0].name')`,
  resources: '(SELECT unnest(resources) AS r FROM events)',
  finish: (sql) => sql,
}

/** Column names matter by case, and functions' names are not columns. */
const NAMES = /'[^']*'|\b[a-z]+[A-Z]\w*\b(?!\()/g

export const clickHouseSql: Dialect = {
  at: (map, key) => `${map}['${key}']`,
  timestamp: (text) => `'${text}'`,
  date: (time) => `toDate(${time})`,
  minutesSinceLast: (time, by) => `age('minute', lag(${time}) OVER (PARTITION BY ${by} ORDER BY ${time}), ${time})`,
  number: (text) => `toFloat64OrNull(${text})`,
  percentile95: (value) => `quantileExact(0.95)(${value})`,
  firstItemName: (json) => `JSONExtract(ifNull(${json}, ''), 'items', 1, 'name', 'Nullable(String)')`,
  resources: '(SELECT arrayJoin(resources) AS r FROM events)',
  finish: (sql) => sql.replace(NAMES, (token) => (token.startsWith("'") ? token : token.toLowerCase())),
}
