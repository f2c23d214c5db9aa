import { readFileSync } from 'node:fs'
import { type Catalog, layoutTable } from '@traillake/core/sql'

const store = '5e2676f8-0000-4000-8000-000000000000'

/** A query of the size that an analyst writes: thirty lines. */
export const typical = `WITH changes AS (
  SELECT
    userIdentity.arn AS actor,
    eventName,
    awsRegion,
    sourceIPAddress,
    eventTime,
    coalesce(element_at(requestParameters, 'bucketName'), element_at(requestParameters, 'groupId')) AS target
  FROM "${store}"
  WHERE eventTime BETWEEN '2023-07-10 00:00:00' AND '2023-07-11 00:00:00'
    AND eventSource IN ('s3.amazonaws.com', 'ec2.amazonaws.com')
    AND eventName IN ('PutBucketPolicy', 'PutBucketAcl', 'AuthorizeSecurityGroupIngress')
    AND errorCode IS NULL
    AND userIdentity.type <> 'AWSService'
)
SELECT
  actor,
  eventName,
  date_trunc('hour', eventTime) AS hour,
  count(*) AS changes,
  count(DISTINCT target) AS targets,
  array_join(array_agg(DISTINCT awsRegion), ', ') AS regions,
  max_by(sourceIPAddress, eventTime) AS last_address,
  min(eventTime) AS first_seen
FROM changes
WHERE actor LIKE 'arn:aws:%' AND NOT regexp_like(actor, 'deploy|terraform')
GROUP BY 1, 2, 3
HAVING count(*) > 1
ORDER BY changes DESC, hour
LIMIT 100`

/** As many typical queries, as common table expressions, as make 10,000 characters: the largest text that Lake takes. */
export function long(characters = 10_000): string {
  const names: string[] = []
  const parts: string[] = []
  const text = () =>
    `WITH\n${parts.join(',\n')}\n${names.map((name) => `SELECT count(*) AS n FROM ${name}`).join('\nUNION ALL\n')}`
  for (;;) {
    const name = `actors_${names.length + 1}`
    parts.push(`${name} AS (\n${typical}\n)`)
    names.push(name)
    if (text().length <= characters) continue
    parts.pop()
    names.pop()
    const rest = characters - text().length
    return rest > 4 ? `${text()}\n--${'.'.repeat(rest - 3)}` : text()
  }
}

/** Placeholder of the golden queries: id and layout of the store in its place. */
const stores = {
  $EDS_ID: ['e0000000-0000-4000-8000-000000000001', 'events'],
  $EDS_ID_2: ['e0000000-0000-4000-8000-000000000002', 'events'],
  $EDS_ID_3: ['e0000000-0000-4000-8000-000000000003', 'events'],
  $CONFIG_EDS_ID: ['c0000000-0000-4000-8000-000000000001', 'configuration'],
  $ACTIVITY_EDS_ID: ['a0000000-0000-4000-8000-000000000001', 'activity'],
  $INSIGHT_EDS_ID: ['b0000000-0000-4000-8000-000000000001', 'insights'],
} as const

export const goldenCatalog: Catalog = {
  table: (parts) => {
    const store = Object.values(stores).find(([id]) => id === parts.join('.').toLowerCase())
    return store && layoutTable(store[0], store[1])
  },
  tableNames: () => [],
}

/**
 * The golden queries that Trino answers, their stores named by quoted UUIDs, which any Trino parser reads, or by bare
 * ones, as Lake writes them.
 */
export function goldenQueries(file: URL, form: 'quoted' | 'bare'): readonly string[] {
  const cases = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { sql: string; error?: object })
  const quote = form === 'quoted' ? '"' : ''
  return cases
    .filter(({ error }) => error === undefined)
    .map(({ sql }) =>
      sql.replace(/\$\w+/g, (name) => quote + (stores[name as keyof typeof stores]?.[0] ?? name) + quote),
    )
}

const repeat =
  (open: string, inside: string, close = '') =>
  (n: number) =>
    `SELECT ${open.repeat(n)}${inside}${close.repeat(n)}`

/** Texts that are made of one construct, `n` times: in itself, or one after another. */
export const nested = {
  brackets: repeat('(', '1', ')'),
  'ARRAY[': repeat('ARRAY[', '1', ']'),
  'row(': repeat('row(', '1', ')'),
  'calls, abs(': repeat('abs(', '1', ')'),
  CASE: repeat('CASE WHEN 1 = 1 THEN ', '1', ' END'),
  'CAST(': repeat('CAST(', '1', ' AS bigint)'),
  'TRY(': repeat('TRY(', '1', ')'),
  NOT: repeat('NOT ', 'true'),
  'unary minus': repeat('- ', '(1)'),
  lambdas: repeat('transform(ARRAY[1], x -> ', '1', ')'),
  'sub-queries as values': repeat('(SELECT ', '1', ')'),
  'sub-queries in FROM': (n: number) => `${'SELECT * FROM ('.repeat(n)}SELECT 1 AS x${') t'.repeat(n)}`,
  'IN (SELECT': (n: number) => `${'SELECT 1 WHERE 1 IN ('.repeat(n)}SELECT 1${')'.repeat(n)}`,
  'WITH in WITH': (n: number) => `${'WITH a AS ('.repeat(n)}SELECT 1 AS x${') SELECT * FROM a'.repeat(n)}`,
  'json_object(': repeat("json_object('a': ", '1', ')'),
  'types, array(': (n: number) => `SELECT CAST(NULL AS ${'array('.repeat(n)}bigint${')'.repeat(n)})`,
} as const satisfies Readonly<Record<string, (n: number) => string>>

export const chained = {
  OR: (n: number) => `SELECT 1 = 1${' OR 1 = 2'.repeat(n)}`,
  'AND, OR': (n: number) => `SELECT 1 = 1${' AND 1 = 2 OR 1 = 3'.repeat(n)}`,
  '+': (n: number) => `SELECT 1${' + 1'.repeat(n)}`,
  '||': (n: number) => `SELECT 'a'${" || 'a'".repeat(n)}`,
  'AT TIME ZONE': (n: number) => `SELECT localtimestamp${" AT TIME ZONE 'UTC'".repeat(n)}`,
  JOIN: (n: number) => `SELECT 1 FROM (VALUES 1) t0(a)${joins(n)}`,
  'CROSS JOIN': (n: number) => `SELECT 1 FROM (VALUES 1) t${' CROSS JOIN (VALUES 1) u'.repeat(n)}`,
  'UNION ALL': (n: number) => `SELECT 1${' UNION ALL SELECT 1'.repeat(n)}`,
  'WITH, each of the one before twice': (n: number) =>
    `WITH a0 AS (SELECT 1 AS x)${list(n, (i) => `, a${i} AS (SELECT l.x FROM a${i - 1} l CROSS JOIN a${i - 1} r)`)} SELECT * FROM a${n}`,
  'SELECT items': (n: number) => `SELECT 1${', 1'.repeat(n)}`,
  'IN items': (n: number) => `SELECT 1 IN (1${', 1'.repeat(n)})`,
  CUBE: (n: number) =>
    `SELECT count(*) FROM (VALUES (1, 2)) t(a, b) GROUP BY ${Array(Math.min(n, 5)).fill('CUBE (a, b)').join(', ')}`,
} as const satisfies Readonly<Record<string, (n: number) => string>>

function joins(n: number): string {
  return list(n, (i) => ` JOIN (VALUES 1) t${i}(a) ON t${i}.a = t${i - 1}.a`)
}

function list(n: number, part: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => part(i + 1)).join('')
}
