import { formatType, type LakeType } from '../../../src/schema/types.ts'
import type { Random } from './random.ts'

const texts = [
  '',
  'a',
  'abc',
  'ABC',
  'Hello World',
  'a,b,,c',
  ' padded ',
  '12',
  '-3.5',
  '1e3',
  'true',
  '2024-02-29',
  'é',
  '😀x',
  'x\ty',
  'a=1;b=2',
  '{"a":1,"b":[1,2]}',
  '[1,"x",null]',
  'https://u@example.com:8080/p/a?q=1&r=#f',
  'aGVsbG8=',
  '00ff',
  '%_',
  "it's",
]
const days = ['2024-02-29', '2024-01-31', '1969-12-31', '2000-01-01', '2023-11-05', '1900-03-01', '2024-12-30']
const clocks = ['00:00:00', '10:20:30', '23:59:59', '01:30:00']
const fraction = (digits: number): string => (digits === 0 ? '' : `.${'123456789012'.slice(0, digits)}`)
const integers = ['0', '1', '-1', '2', '3', '5', '7', '10', '-4', '100', '127']
const extremes: Readonly<Record<string, readonly string[]>> = {
  tinyint: ['-128'],
  smallint: ['32767', '-32768', '300'],
  integer: ['2147483647', '-2147483648', '65536'],
  bigint: ['9223372036854775807', '-9223372036854775808', '4294967296', '1700000000'],
}
const doubles = ['0E0', '1E0', '-1E0', '1.5E0', '-2.5E0', '0.1E0', '1E20', '-1E-7', '3E0', '123456.789E0']
const zones = ['UTC', 'America/New_York', '+05:30', 'Asia/Tokyo', '-08:00']

/** A value of a type, as SQL whose type is exactly that. */
export function literal(type: LakeType, random: Random): string {
  if (random.chance(0.06)) return nullOf(type)
  return someValue(type, random)
}

export function nullOf(type: LakeType): string {
  return `CAST(NULL AS ${formatType(type)})`
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function someValue(type: LakeType, random: Random): string {
  switch (type.kind) {
    case 'boolean':
      return random.pick(['true', 'false'])
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint': {
      const text = random.pick(random.chance(0.15) ? extremes[type.kind]! : integers)
      return type.kind === 'integer' ? text : `${type.kind.toUpperCase()} '${text}'`
    }
    case 'real':
      return `REAL '${random.pick(['0', '1', '-1.5', '0.1', '3.25', '1e10', '100'])}'`
    case 'double':
      return random.chance(0.08) ? random.pick(['nan()', 'infinity()', '-infinity()']) : random.pick(doubles)
    case 'decimal': {
      const whole = random.pick(['0', '1', '2', '12', '99', '1234567890']).slice(0, type.precision - type.scale)
      const text = `${random.pick(['', '-'])}${whole}${type.scale > 0 ? `.${'5049'.padEnd(38, '0').slice(0, type.scale)}` : ''}`
      return `CAST('${text}' AS ${formatType(type)})`
    }
    case 'varchar':
      return quote(random.pick(texts))
    case 'char':
      return `CAST(${quote(random.pick(texts))} AS ${formatType(type)})`
    case 'varbinary':
      return random.pick(["X'00ff10'", "X''", "X'616263'", "to_utf8('é')", "X'0000000000000001'"])
    case 'date':
      return `DATE '${random.pick(days)}'`
    case 'time':
      return `TIME '${random.pick(clocks)}${fraction(type.precision)}${type.withTimeZone ? '+02:00' : ''}'`
    case 'timestamp':
      return `TIMESTAMP '${random.pick(days)} ${random.pick(clocks)}${fraction(type.precision)}${type.withTimeZone ? ` ${random.pick(zones)}` : ''}'`
    case 'interval day to second':
      return `INTERVAL ${random.pick(['', '-'])}'${random.pick(['0', '1', '3', '40'])}' ${random.pick(['DAY', 'HOUR', 'MINUTE', 'SECOND'])}`
    case 'interval year to month':
      return `INTERVAL ${random.pick(['', '-'])}'${random.pick(['0', '1', '3', '14'])}' ${random.pick(['YEAR', 'MONTH'])}`
    case 'json':
      return `JSON ${quote(random.pick(['{"a":1,"b":"x"}', '[1,2.5,"y",null]', '"text"', '12', 'true', 'null', '{"k":{"n":[]}}']))}`
    case 'uuid':
      return `UUID '${random.pick(['12151fd2-7586-11e9-8f9e-2a86e4085a59', '00000000-0000-0000-0000-000000000000'])}'`
    case 'ipaddress':
      return `IPADDRESS '${random.pick(['10.0.0.1', '2001:db8::1', '255.255.255.255', '::ffff:1.2.3.4'])}'`
    case 'array': {
      const size = random.below(4)
      if (size === 0) return `CAST(ARRAY[] AS ${formatType(type)})`
      return `ARRAY[${Array.from({ length: size }, () => literal(type.element, random)).join(', ')}]`
    }
    case 'map':
      return mapOf(type, random)
    case 'row':
      return `CAST(ROW(${type.fields.map((field) => literal(field.type, random)).join(', ')}) AS ${formatType(type)})`
    default:
      return nullOf(type)
  }
}

function mapOf(type: Extract<LakeType, { kind: 'map' }>, random: Random): string {
  const keys = new Set(Array.from({ length: random.below(4) }, () => someValue(type.key, random)))
  if (keys.size === 0) return `CAST(MAP() AS ${formatType(type)})`
  return `MAP(ARRAY[${[...keys].join(', ')}], ARRAY[${[...keys].map(() => literal(type.value, random)).join(', ')}])`
}
