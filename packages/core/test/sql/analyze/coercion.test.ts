import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseType } from '../../../src/schema/parse-type.ts'
import { formatType, type LakeType, sameType } from '../../../src/schema/types.ts'
import { canCast } from '../../../src/sql/analyze/cast.ts'
import {
  canCoerce,
  commonSuperType,
  isComparable,
  isOrderable,
  isTypeOnlyCoercion,
} from '../../../src/sql/analyze/coercion.ts'

const type = (text: string): LakeType => parseType(text) ?? expect.fail(`${text} is no type`)

describe('the common type of two', () => {
  test.each([
    ['tinyint', 'smallint', 'smallint'],
    ['integer', 'bigint', 'bigint'],
    ['bigint', 'decimal(5,2)', 'decimal(21,2)'],
    ['decimal(38,0)', 'decimal(10,10)', 'decimal(38,10)'],
    ['bigint', 'real', 'real'],
    ['decimal(5,2)', 'double', 'double'],
    ['varchar(3)', 'varchar(5)', 'varchar(5)'],
    ['varchar(3)', 'varchar', 'varchar'],
    ['varchar(5)', 'char(3)', 'char(5)'],
    ['date', 'timestamp(0)', 'timestamp(0)'],
    ['timestamp(6)', 'timestamp(3) with time zone', 'timestamp(6) with time zone'],
    ['time(3)', 'time(0) with time zone', 'time(3) with time zone'],
    ['unknown', 'map(varchar, json)', 'map(varchar, json)'],
    ['array(unknown)', 'array(integer)', 'array(integer)'],
    ['map(varchar(1), integer)', 'map(varchar(2), double)', 'map(varchar(2), double)'],
    ['row(a integer, b date)', 'row(a bigint, c timestamp(3))', 'row(a bigint, timestamp(3))'],
    ['integer', 'varchar', undefined],
    ['boolean', 'integer', undefined],
    ['date', 'time(0)', undefined],
    ['varchar', 'timestamp(3)', undefined],
    ['row(integer)', 'row(integer, integer)', undefined],
    ['json', 'varchar', undefined],
    ['interval year to month', 'interval day to second', undefined],
  ])('%s and %s: %s', (a, b, common) => {
    const expected = common === undefined ? undefined : formatType(type(common))
    for (const found of [commonSuperType(type(a), type(b)), commonSuperType(type(b), type(a))])
      expect(found && formatType(found)).toBe(expected)
  })

  const some = fc.constantFrom(
    ...[
      'unknown',
      'tinyint',
      'bigint',
      'decimal(10,3)',
      'real',
      'double',
      'varchar(4)',
      'varchar',
      'char(9)',
      'date',
      'timestamp(0)',
      'timestamp(6) with time zone',
      'boolean',
      'json',
      'array(integer)',
      'array(varchar)',
      'row(date)',
    ].map(type),
  )

  test('both convert to it, and it is its own', () => {
    fc.assert(
      fc.property(some, some, (a, b) => {
        const common = commonSuperType(a, b)
        if (!common) expect(canCoerce(a, b)).toBe(false)
        else {
          expect(canCoerce(a, common) && canCoerce(b, common)).toBe(true)
          expect(sameType(commonSuperType(common, a)!, common)).toBe(true)
        }
      }),
    )
  })

  test('what converts by itself can be cast', () => {
    fc.assert(fc.property(some, some, (a, b) => !canCoerce(a, b) || canCast(a, b)))
  })
})

test('conversions that change the type only', () => {
  expect(isTypeOnlyCoercion(type('varchar(3)'), type('varchar'))).toBe(true)
  expect(isTypeOnlyCoercion(type('array(varchar(3))'), type('array(varchar(4))'))).toBe(true)
  expect(isTypeOnlyCoercion(type('varchar'), type('varchar(3)'))).toBe(false)
  expect(isTypeOnlyCoercion(type('integer'), type('bigint'))).toBe(false)
  expect(isTypeOnlyCoercion(type('row(a date)'), type('row(b date)'))).toBe(false)
})

test.each([
  ['map(varchar, integer)', true, false],
  ['json', true, false],
  ['array(json)', true, false],
  ['row(map(varchar, varchar))', true, false],
  ['row(date, array(varchar))', true, true],
  ['HyperLogLog', false, false],
])('%s: comparable %s, orderable %s', (text, comparable, orderable) => {
  expect([isComparable(type(text)), isOrderable(type(text))]).toEqual([comparable, orderable])
})

test.each([
  ['varchar', 'bigint', true],
  ['integer', 'char(4)', false],
  ['map(varchar, varchar)', 'varchar', false],
  ['json', 'map(varchar, json)', true],
  ['json', 'date', false],
  ['timestamp(3)', 'json', true],
  ['varbinary', 'json', false],
  ['row(integer, varchar)', 'row(a bigint, b varchar)', true],
  ['boolean', 'double', true],
  ['date', 'double', false],
])('CAST(%s AS %s): %s', (from, to, possible) => {
  expect(canCast(type(from), type(to))).toBe(possible)
})
