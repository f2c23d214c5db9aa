import { expect, test } from 'vitest'
import { fieldType, layouts } from '../../src/schema/index.ts'
import {
  array,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  JSON_TYPE,
  map,
  row,
  sameType,
  TIMESTAMP,
  TIMESTAMP_TZ,
  timestamp,
  VARCHAR,
} from '../../src/schema/types.ts'
import { buildSchemaString, parseSchemaString } from '../../src/table/schema-string.ts'

const one = (type: unknown) => ({ type: 'struct', fields: [{ name: 'c', type, nullable: true, metadata: {} }] })

test.each([
  [VARCHAR, 'string'],
  [BOOLEAN, 'boolean'],
  [TIMESTAMP, 'timestamp_ntz'],
  [DOUBLE, 'double'],
  [INTEGER, 'integer'],
  [BIGINT, 'long'],
  [DATE, 'date'],
  [decimal(10, 2), 'decimal(10,2)'],
  [map(VARCHAR, VARCHAR), { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true }],
  [array(BIGINT), { type: 'array', elementType: 'long', containsNull: true }],
  [
    row([{ name: 'a', type: TIMESTAMP }]),
    { type: 'struct', fields: [{ name: 'a', type: 'timestamp_ntz', nullable: true, metadata: {} }] },
  ],
])('%j is %j', (type, delta) => {
  const text = buildSchemaString([{ name: 'c', type }])
  expect(JSON.parse(text)).toEqual(one(delta))
  expect(parseSchemaString(text)).toEqual([{ name: 'c', type }])
})

test.each([TIMESTAMP_TZ, JSON_TYPE, { kind: 'unknown' } as const])('%j cannot be stored', (type) => {
  expect(() => buildSchemaString([{ name: 'c', type }])).toThrow(TypeError)
})

test('every layout survives the log, column by column and in order', () => {
  for (const layout of Object.values(layouts)) {
    const columns = layout.columns.map((f) => ({ name: f.name, type: fieldType(f) }))
    const back = parseSchemaString(buildSchemaString(columns))
    expect(back.map((c) => c.name)).toEqual(columns.map((c) => c.name))
    back.forEach((c, i) => {
      expect(sameType(c.type, columns[i]!.type), c.name).toBe(true)
    })
  }
})

test('types of other writers are read, unknown ones as opaque', () => {
  const parse = (type: unknown) => parseSchemaString(JSON.stringify(one(type)))[0]?.type
  expect(parse('timestamp')).toEqual(TIMESTAMP_TZ)
  expect(parse('short')).toEqual({ kind: 'smallint' })
  expect(parse('decimal( 38 , 18 )')).toEqual(decimal(38, 18))
  expect(parse('variant')).toEqual({ kind: 'opaque', name: 'variant' })
  expect(parseSchemaString(JSON.stringify(one('timestamp_ntz')), { timestampPrecision: 6 })[0]?.type).toEqual(
    timestamp(6),
  )
  expect(() => parseSchemaString('"string"')).toThrow(TypeError)
})
