import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseType } from '../../src/schema/parse-type.ts'
import * as types from '../../src/schema/types.ts'
import { formatType, type LakeType } from '../../src/schema/types.ts'

describe('types as Trino writes them', () => {
  test.each([
    ['int', 'integer'],
    ['BIGINT', 'bigint'],
    ['double precision', 'double'],
    ['timestamp', 'timestamp(3)'],
    ['timestamp(6) with time zone', 'timestamp(6) with time zone'],
    ['time without time zone', 'time(3)'],
    ['decimal', 'decimal(38,0)'],
    ['decimal(10)', 'decimal(10,0)'],
    ['decimal( 10 , 2 )', 'decimal(10,2)'],
    ['char', 'char(1)'],
    ['varchar(5)', 'varchar(5)'],
    ['integer array', 'array(integer)'],
    ['map(varchar, array(bigint))', 'map(varchar, array(bigint))'],
    ['row(a timestamp(3) with time zone, varchar)', 'row(a timestamp(3) with time zone, varchar)'],
    ['row(timestamp(3) with time zone, date date)', 'row(timestamp(3) with time zone, date date)'],
    ['row("a b" double precision, interval year to month)', 'row("a b" double, interval year to month)'],
    ['interval day to second', 'interval day to second'],
    ['HyperLogLog', 'HyperLogLog'],
  ])('%s', (text, printed) => {
    expect(formatType(parseType(text)!)).toBe(printed)
  })

  test.each([
    '',
    'string',
    'text',
    'decimal(39,0)',
    'decimal(5,6)',
    'timestamp(13)',
    'array',
    'array()',
    'map(varchar)',
    'row()',
    'varchar(a)',
    'integer integer',
    'varchar(1',
    'integer(5)',
  ])('%j is none', (text) => expect(parseType(text)).toBeUndefined())

  const simple = fc.constantFrom<LakeType>(
    types.BOOLEAN,
    types.BIGINT,
    types.DOUBLE,
    types.DATE,
    types.VARCHAR,
    types.varchar(7),
    types.char(3),
    types.decimal(12, 4),
    types.timestamp(6),
    types.timestamp(0, true),
    types.time(3, true),
    types.INTERVAL_DAY_SECOND,
    types.JSON_TYPE,
  )
  const names = fc.constantFrom('a', 'date', 'Time', 'a b', 'array')
  const { type } = fc.letrec<{ type: LakeType }>((tie) => ({
    type: fc.oneof(
      { maxDepth: 3 },
      simple,
      tie('type').map(types.array),
      fc.tuple(simple, tie('type')).map(([key, value]) => types.map(key, value)),
      fc
        .array(fc.tuple(fc.option(names), tie('type')), { minLength: 1, maxLength: 3 })
        .map((fields) => types.row(fields.map(([name, t]) => (name === null ? { type: t } : { name, type: t })))),
    ),
  }))

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(type, (t) => {
        expect(parseType(formatType(t))).toEqual(t)
      }),
    )
  })
})
