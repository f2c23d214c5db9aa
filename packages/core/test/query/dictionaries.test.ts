import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/index.ts'

/**
 * What fails for some texts and not for others. The data file holds all texts in one dictionary, so a program that computes a
 * function once a dictionary entry fails where no row asks for it, or takes one text's answer for another's.
 */
const cases: readonly (readonly [expression: string, good: string, bad: string])[] = [
  ['CAST(t AS integer)', '1', 'x'],
  ['CAST(t AS ipaddress)', '10.0.0.1', 'ec2.amazonaws.com'],
  ['transform(ARRAY[t], x -> CAST(x AS integer))[1]', '2', 'two'],
  ["transform(split(t, ','), x -> CAST(x AS integer))[1]", '3,4', '3,four'],
  ['transform(ARRAY[1], x -> x + CAST(t AS integer))[1]', '5', 'five'],
  ['transform(ARRAY[1], x -> transform(ARRAY[2], y -> x + y + CAST(t AS integer)))[1]', '6', 'six'],
  ['filter(ARRAY[t], x -> CAST(x AS integer) > 0)[1]', '7', 'seven'],
  ['any_match(ARRAY[t], x -> CAST(x AS integer) = 8)', '8', 'eight'],
  ['reduce(ARRAY[1, 2], 0, (a, b) -> a + b + CAST(t AS integer), a -> a)', '9', 'nine'],
  ['zip_with(ARRAY[t], ARRAY[1], (a, b) -> CAST(a AS integer) + b)[1]', '10', 'ten'],
  ["transform_values(map(ARRAY['k'], ARRAY[t]), (k, v) -> CAST(v AS integer))['k']", '11', 'eleven'],
  ['CAST(upper(lower(t)) AS ipaddress)', '::1', '::x'],
  ['url_decode(t)', 'a%20b', 'a%zz'],
  ['from_base64(t)', 'aaaa', 'a'],
  ['from_base32(t)', 'ME======', '1'],
  ['from_hex(t)', 'aa', 'xx'],
  ['json_parse(t)', '{"a":1}', '{"a"'],
  ["json_query(t, 'strict $.a' ERROR ON ERROR)", '{"a":[1]}', '{"b":[1]}'],
  ['is_json_scalar(t)', '1', '{'],
  ["date_parse(t, '%Y-%m-%d')", '2024-05-01', '2024-13-01'],
  ["parse_datetime(t, 'yyyy-MM-dd')", '2024-05-02', '2024-14-01'],
  ['from_iso8601_timestamp(t)', '2024-05-03T01:02:03Z', 'yesterday'],
  ['from_iso8601_date(t)', '2024-05-04', 'today'],
  ["contains(t, IPADDRESS '10.0.0.1')", '10.0.0.0/8', '10.0.0.0/99'],
  ["regexp_like('aaa', t)", 'a+', '('],
  ["regexp_replace('aaa', t, 'b')", 'a', 'a)'],
  ["normalize(concat(t, ''))", 'é', 'é!'],
  ['soundex(t)', 'Robert', '東'],
  ['format(t, 1)', '%d', '%q'],
  ["split_to_map(t, ',', '=')['a']", 'a=1', 'a=1,b'],
  ["word_stem(t, 'en')", 'running', 'swimming'],
  ['CAST(t AS uuid)', '12151fd2-7586-11e9-8f9e-2a86e4085a59', '12151fd2'],
  ['CAST(t AS decimal(4,2))', '1.25', '1000'],
  ['CAST(t AS timestamp)', '2024-05-05 00:00:00', '2024-05-05 25:00:00'],
  ["at_timezone(from_iso8601_timestamp('2024-01-01T00:00:00Z'), t)", 'Asia/Tokyo', 'Asia/Nowhere'],
  ['chr(CAST(t AS bigint))', '65', '99999999'],
]
/** Those whose second text fails as little as the first. */
const harmless = new Set(["normalize(concat(t, ''))", "word_stem(t, 'en')"])

const REPEATS = 40
const folder = mkdtempSync(join(tmpdir(), 'traillake-dictionaries-'))
let lake: Lake

beforeAll(async () => {
  const trails = join(folder, 'AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/01')
  mkdirSync(trails, { recursive: true })
  let count = 0
  const record = (name: string, text: string) => ({
    eventVersion: '1.08',
    eventTime: '2024-05-01T00:00:00Z',
    eventSource: 'test.amazonaws.com',
    eventName: name,
    awsRegion: 'us-east-1',
    errorMessage: text,
    eventID: `00000000-0000-4000-8000-${String(count++).padStart(12, '0')}`,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
  })
  const all = cases.flatMap(([, good, bad], i) => [record(`good${i}`, good), record(`bad${i}`, bad)])
  const Records = Array.from({ length: REPEATS }, () => all.map((r) => record(r.eventName, r.errorMessage))).flat()
  writeFileSync(
    join(trails, '111122223333_CloudTrail_us-east-1_20240501T0005Z_Dictionary000000.json'),
    JSON.stringify({ Records }),
  )
  lake = await openLake(join(folder, 'lake'), { create: true })
  await lake.import(trails, { into: 'texts' })
})
afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

const value = async (sql: string) => (await (await lake.query(sql, { rowMode: 'array' })).toArray())[0]

test.each(cases.map((c, i) => [...c, i] as const))('%s: %s is well, %s is not', async (expression, _good, _bad, i) => {
  const from = (where: string) => `(SELECT eventName n, errorMessage t FROM texts WHERE ${where})`
  expect(await value(`SELECT count(${expression}) FROM ${from(`eventName = 'good${i}'`)}`)).toEqual([REPEATS])
  const tried = `SELECT count(*) FILTER (WHERE v IS NOT NULL AND n LIKE 'good%'), count(*) FILTER (WHERE v IS NOT NULL AND n LIKE 'bad%') FROM (SELECT n, TRY(${expression}) v FROM ${from(`eventName IN ('good${i}', 'bad${i}')`)})`
  expect(await value(tried)).toEqual([REPEATS, harmless.has(expression) ? REPEATS : 0])
  if (!harmless.has(expression))
    await expect(value(`SELECT count(${expression}) FROM ${from(`eventName = 'bad${i}'`)}`)).rejects.toThrow()
})

test.each(cases.map((c, i) => [c[0], i] as const))(
  '%s is left out where a query below leaves it out',
  async (expression, i) => {
    const good = `(SELECT errorMessage t FROM texts WHERE eventName = 'good${i}')`
    const queries: readonly (readonly [sql: string, count: number])[] = [
      [`SELECT count(*) FROM ${good} WHERE (${expression}) IS NOT NULL`, REPEATS],
      [`SELECT count(*) FROM (SELECT ${expression} v FROM ${good}) WHERE v IS NOT NULL`, REPEATS],
      [`WITH g AS ${good} SELECT count(*) FROM g WHERE t <> '' AND (${expression}) IS NOT NULL`, REPEATS],
      [`SELECT count(*) FROM (SELECT t FROM ${good} GROUP BY t HAVING (${expression}) IS NOT NULL)`, 1],
      [
        `SELECT count(${expression}) FILTER (WHERE n = 'good${i}') FROM (SELECT eventName n, errorMessage t FROM texts WHERE eventName LIKE '%d${i}')`,
        REPEATS,
      ],
    ]
    for (const [sql, count] of queries) expect(await value(sql), sql).toEqual([count])
  },
)

test('two TRYs of one value each catch its failure', async () => {
  const [i] = cases.flatMap(([expression], at) => (expression.startsWith('date_parse') ? [at] : []))
  const parsed = "date_parse(errorMessage, '%Y-%m-%d')"
  const sql = `SELECT count(TRY(${parsed})), count(TRY(${parsed} + INTERVAL '1' DAY)) FROM texts WHERE eventName IN ('good${i}', 'bad${i}')`
  expect(await value(sql)).toEqual([REPEATS, REPEATS])
})
