import { isAscii } from 'node:buffer'
import type { BytesColumn, Column, FixedColumn, StructColumn } from '../engine/vectors.ts'
import type { LakeType } from '../schema/index.ts'
import { addressText, uuidText } from './address-text.ts'
import { decimalText, shortestFloat } from './number-text.ts'
import {
  dateText,
  dayTimeText,
  type Instant,
  instantOf,
  instantOfNumber,
  offsetText,
  timestampText,
  timeText,
  yearMonthText,
} from './time-text.ts'
import { zonedText } from './zone-text.ts'

/** A value that is neither array, row nor map. Times, decimals and the like are Trino's text; a bigint is a number where one holds it exactly. */
export type Scalar = boolean | number | bigint | string | Uint8Array

/** Reads values of a column by their Lake type; a position that is NULL must not be asked for. */
export type Reader<T> = (i: number) => T

/** Makes the reader of a scalar type's column, whose physical type `fits` has accepted. */
export function scalarReader(type: LakeType, column: Column): Reader<Scalar> {
  switch (type.kind) {
    case 'boolean': {
      const { values } = column as FixedColumn
      return (i) => values[i] !== 0
    }
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return integers(column)
    case 'real': {
      const values = floats(column)
      return (i) => shortestFloat(values[i] as number)
    }
    case 'double': {
      const values = floats(column)
      return (i) => values[i] as number
    }
    case 'decimal': {
      const read = integers(column)
      return (i) => decimalText(read(i), type.scale)
    }
    case 'varchar':
    case 'char':
    case 'json':
      return strings(column as BytesColumn)
    case 'varbinary': {
      const { values, offsets } = column as BytesColumn
      return (i) => values.slice(offsets[i], offsets[i + 1])
    }
    case 'ipaddress': {
      const { values, offsets } = column as BytesColumn
      return (i) => addressText(values.subarray(offsets[i], offsets[i + 1]))
    }
    case 'uuid': {
      const words = new BigUint64Array((column as FixedColumn).values.buffer)
      // The engine flips the highest bit so that its signed order is that of the text.
      return (i) => uuidText((words[i * 2 + 1] as bigint) ^ (1n << 63n), words[i * 2] as bigint)
    }
    case 'date': {
      const days = new Int32Array((column as FixedColumn).values.buffer)
      return (i) => dateText(days[i] as number)
    }
    case 'time': {
      const [local, offset] = parts(type.withTimeZone, column)
      const read = instants(local)
      if (!offset) return (i) => timeText(read(i), type.precision)
      const minutes = integers(offset)
      return (i) => timeText(read(i), type.precision) + offsetText(Number(minutes(i)))
    }
    case 'timestamp': {
      const [utc, zone] = parts(type.withTimeZone, column)
      const read = instants(utc)
      if (!zone) return (i) => timestampText(read(i), type.precision)
      const name = strings(zone as BytesColumn)
      return (i) => zonedText(read(i), name(i), type.precision)
    }
    case 'interval day to second': {
      const read = integers(column)
      return (i) => dayTimeText(read(i))
    }
    case 'interval year to month': {
      const read = integers(column)
      return (i) => yearMonthText(Number(read(i)))
    }
    default:
      throw new TypeError(`${type.kind} is no scalar type`)
  }
}

/** A value with a zone is a struct of the value and its zone or offset. */
function parts(withZone: boolean, column: Column): readonly [Column, Column | undefined] {
  if (!withZone) return [column, undefined]
  const { children } = column as StructColumn
  return [children[0] as Column, children[1]]
}

/** Integers of any width, decimals' unscaled values among them; beyond ±(2^53 - 1) a bigint. */
export function integers(column: Column): Reader<number | bigint> {
  const { values, type } = column as FixedColumn
  const { buffer } = values
  const name = type.kind === 'fixed' ? type.name : SIGNED_OF_WIDTH[(type as { readonly width: number }).width]
  switch (name) {
    case 'TINYINT':
      return at(new Int8Array(buffer))
    case 'UTINYINT':
      return at(new Uint8Array(buffer))
    case 'SMALLINT':
      return at(new Int16Array(buffer))
    case 'USMALLINT':
      return at(new Uint16Array(buffer))
    case 'INTEGER':
      return at(new Int32Array(buffer))
    case 'UINTEGER':
      return at(new Uint32Array(buffer))
    case 'UBIGINT': {
      const longs = new BigUint64Array(buffer)
      return (i) => narrow(longs[i] as bigint)
    }
    case 'HUGEINT': {
      const low = new BigUint64Array(buffer)
      const high = new BigInt64Array(buffer)
      return (i) => narrow(((high[i * 2 + 1] as bigint) << 64n) | (low[i * 2] as bigint))
    }
    default: {
      const words = new Int32Array(buffer)
      const longs = new BigInt64Array(buffer)
      return (i) => {
        const high = words[i * 2 + 1] as number
        // Within 2^52 both halves fit a number; no bigint is made for the usual case.
        if (high >= -0x10_0000 && high < 0x10_0000) return high * 0x1_0000_0000 + ((words[i * 2] as number) >>> 0)
        return narrow(longs[i] as bigint)
      }
    }
  }
}

const SIGNED_OF_WIDTH: Readonly<Record<number, string>> = { 2: 'SMALLINT', 4: 'INTEGER', 8: 'BIGINT', 16: 'HUGEINT' }

function at(values: { readonly [i: number]: number }): Reader<number> {
  return (i) => values[i] as number
}

function narrow(value: bigint): number | bigint {
  return value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn ? Number(value) : value
}

function floats(column: Column): Float32Array | Float64Array {
  const { values, type } = column as FixedColumn
  return type.kind === 'fixed' && type.name === 'FLOAT'
    ? new Float32Array(values.buffer)
    : new Float64Array(values.buffer)
}

const PER_SECOND: Readonly<Record<string, number>> = {
  TIMESTAMP_S: 1,
  TIMESTAMP_MS: 1e3,
  TIMESTAMP: 1e6,
  TIMESTAMP_NS: 1e9,
  TIME: 1e6,
  TIME_NS: 1e9,
}

/** How many units of a time or timestamp column make a second. */
export function unitsPerSecond(column: FixedColumn): number {
  return PER_SECOND[(column.type as { readonly name: string }).name] as number
}

function instants(column: Column): Reader<Instant> {
  const perSecond = unitsPerSecond(column as FixedColumn)
  const read = integers(column)
  return (i) => {
    const value = read(i)
    return typeof value === 'number' ? instantOfNumber(value, perSecond) : instantOf(value, perSecond)
  }
}

/** Text that is all ASCII, as most is, is decoded once for the whole column and cut. */
function strings(column: BytesColumn): Reader<string> {
  const { offsets, values } = column
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.length)
  if (!isAscii(bytes)) return (i) => bytes.toString('utf8', offsets[i], offsets[i + 1])
  const text = bytes.toString('latin1')
  return (i) => text.slice(offsets[i], offsets[i + 1])
}
