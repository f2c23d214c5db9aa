import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Evaluator, openEvaluator } from '../support/evaluate.ts'

let evaluator: Evaluator
beforeAll(async () => {
  evaluator = await openEvaluator()
})
afterAll(() => evaluator.close())

/** A value of every type. */
const values: Readonly<Record<string, string>> = {
  boolean: 'true',
  tinyint: `TINYINT '5'`,
  smallint: `SMALLINT '5'`,
  integer: '5',
  bigint: `BIGINT '5'`,
  real: `REAL '1.5'`,
  double: '1.5E0',
  'decimal(4,2)': `DECIMAL '12.34'`,
  'decimal(38,10)': `CAST(1.5 AS decimal(38,10))`,
  varchar: `CAST('5' AS varchar)`,
  'varchar(2)': `'5'`,
  'char(3)': `CAST('5' AS char(3))`,
  varbinary: `X'0102030405060708090a0b0c0d0e0f10'`,
  json: `JSON '5'`,
  date: `DATE '2024-01-02'`,
  'time(3)': `TIME '01:02:03.456'`,
  'time(6)': `TIME '01:02:03.456789'`,
  'time(3) with time zone': `TIME '01:02:03.456+02:00'`,
  'timestamp(0)': `TIMESTAMP '2024-01-02 03:04:05'`,
  'timestamp(3)': `TIMESTAMP '2024-01-02 03:04:05.678'`,
  'timestamp(9)': `TIMESTAMP '2024-01-02 03:04:05.678912345'`,
  'timestamp(3) with time zone': `TIMESTAMP '2024-01-02 03:04:05.678 +02:00'`,
  'timestamp(9) with time zone': `TIMESTAMP '2024-01-02 03:04:05.678912345 Europe/Berlin'`,
  'interval day to second': `INTERVAL '1' DAY`,
  'interval year to month': `INTERVAL '1' MONTH`,
  uuid: `UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'`,
  ipaddress: `IPADDRESS '10.0.0.1'`,
  'array(integer)': 'ARRAY[1, NULL]',
  'array(varchar)': `ARRAY['1', NULL]`,
  'map(varchar, integer)': `CAST(MAP(ARRAY['1'], ARRAY[1]) AS map(varchar, integer))`,
  'row(a integer, b varchar)': `CAST(ROW(1, '2') AS row(a integer, b varchar))`,
}

/** What a cast may say; anything else is a fault of ours or the engine's own words. */
const KNOWN = [
  'TYPE_MISMATCH',
  'INVALID_CAST_ARGUMENT',
  'NUMERIC_VALUE_OUT_OF_RANGE',
  'NOT_SUPPORTED',
  // CAST(true AS varchar(2)): Trino has no better name for it.
  'GENERIC_INTERNAL_ERROR',
]

describe.each(Object.entries(values))('%s', (from, value) => {
  test('casts to every type, or is refused in words of its own', async () => {
    const faults: string[] = []
    for (const to of Object.keys(values)) {
      // As a literal, as a column, and as NULL.
      for (const sql of [
        `SELECT CAST(${value} AS ${to})`,
        `SELECT CAST(x AS ${to}) FROM (VALUES ${value.startsWith('CAST(ROW') ? `(${value}, 1)` : value}) t(x${value.startsWith('CAST(ROW') ? ', y' : ''})`,
        `SELECT TRY_CAST(CAST(NULL AS ${from}) AS ${to})`,
      ]) {
        const outcome = await evaluator.evaluate(sql).catch((error: { code?: string; message: string }) => error)
        if ('rows' in outcome) {
          if (sql.includes('NULL AS') && outcome.rows[0]![0] !== null)
            faults.push(`${sql}: ${JSON.stringify(outcome.rows)}`)
        } else if (!KNOWN.includes(outcome.code ?? '') || outcome.message.includes('the engine'))
          faults.push(`${sql}: ${outcome.code} ${outcome.message}`)
      }
    }
    expect(faults).toEqual([])
  })
})
