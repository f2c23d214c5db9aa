import {
  array,
  BIGINT,
  BOOLEAN,
  char,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL_DAY_SECOND,
  INTERVAL_YEAR_MONTH,
  IPADDRESS,
  JSON_TYPE,
  type LakeType,
  map,
  REAL,
  type RowField,
  row,
  SMALLINT,
  TINYINT,
  time,
  timestamp,
  UNKNOWN,
  UUID,
  VARBINARY,
  VARCHAR,
  varchar,
} from './types.ts'

/** Types without parameters, with Trino's other names for them. */
const simpleTypes: ReadonlyMap<string, LakeType> = new Map<string, LakeType>([
  ['boolean', BOOLEAN],
  ['tinyint', TINYINT],
  ['smallint', SMALLINT],
  ['integer', INTEGER],
  ['int', INTEGER],
  ['bigint', BIGINT],
  ['real', REAL],
  ['double', DOUBLE],
  ['double precision', DOUBLE],
  ['date', DATE],
  ['varbinary', VARBINARY],
  ['json', JSON_TYPE],
  ['uuid', UUID],
  ['ipaddress', IPADDRESS],
  ['unknown', UNKNOWN],
  ['interval year to month', INTERVAL_YEAR_MONTH],
  ['interval day to second', INTERVAL_DAY_SECOND],
])

/** Types that queries can name and pass on, but that nothing computes with. */
const opaqueTypes: ReadonlyMap<string, string> = new Map(
  ['HyperLogLog', 'P4HyperLogLog', 'tdigest', 'setdigest', 'JoniRegExp', 'JsonPath', 'color', 'Geometry'].map((n) => [
    n.toLowerCase(),
    n,
  ]),
)

const MAX_VARCHAR = 2147483646
const MAX_CHAR = 65536

/** Why a type's name or its parameters are wrong; `name` when there is no such type. */
export type TypeFault = { readonly unknown: string } | { readonly message: string }

/**
 * The type of a name and its parameters: `decimal`, [10, 2]. Names in any case.
 *
 * @returns the type, or why there is none (bounds of parameters in Trino's words)
 */
export function typeOfName(name: string, args: readonly (LakeType | number)[]): LakeType | TypeFault {
  const lower = name.toLowerCase()
  const [a, b] = args
  const unknown = { unknown: lower }
  const simple = simpleTypes.get(lower)
  if (simple) return args.length === 0 ? simple : unknown
  switch (lower) {
    case 'varchar':
      if (args.length === 0) return VARCHAR
      if (args.length > 1 || typeof a !== 'number') return unknown
      return a > MAX_VARCHAR ? { message: `Invalid VARCHAR length ${a}` } : varchar(a)
    case 'char':
      if (args.length > 1 || typeof (a ?? 1) !== 'number') return unknown
      return Number(a ?? 1) > MAX_CHAR
        ? { message: `CHAR length must be in range [0, ${MAX_CHAR}], got ${String(a)}` }
        : char(Number(a ?? 1))
    case 'decimal':
    case 'dec':
    case 'numeric':
      return decimalType(lower, args)
    case 'time':
    case 'timestamp':
      return args.length > 1 || typeof (a ?? 3) !== 'number' ? unknown : dateTimeType(lower, Number(a ?? 3), false)
    case 'array':
      return args.length === 1 && isType(a) ? array(a) : unknown
    case 'map':
      return args.length === 2 && isType(a) && isType(b) ? map(a, b) : unknown
    case 'row':
      return args.length > 0 && args.every(isType) ? row(args.map((type) => ({ type: type as LakeType }))) : unknown
    case 'function':
      return args.length > 0 && args.every(isType)
        ? { kind: 'function', parameters: args.slice(0, -1) as LakeType[], result: args.at(-1) as LakeType }
        : unknown
    case 'qdigest':
      return args.length === 1 ? { kind: 'opaque', name: 'qdigest' } : unknown
    default: {
      const opaque = opaqueTypes.get(lower)
      return opaque !== undefined && args.length === 0 ? { kind: 'opaque', name: opaque } : unknown
    }
  }
}

/** `time(p)` and `timestamp(p)`, with or without zone; precision 0 to 12. */
export function dateTimeType(
  name: 'time' | 'timestamp',
  precision: number,
  withTimeZone: boolean,
): LakeType | TypeFault {
  const zoned = `${name.toUpperCase()}${withTimeZone ? ' WITH TIME ZONE' : ''}`
  if (precision > 12) return { message: `${zoned} precision must be in range [0, 12]: ${precision}` }
  return name === 'time' ? time(precision, withTimeZone) : timestamp(precision, withTimeZone)
}

/** True for a type, false for the reason why there is none. */
export function isType(value: LakeType | TypeFault | number | undefined): value is LakeType {
  return typeof value === 'object' && 'kind' in value
}

function decimalType(name: string, args: readonly (LakeType | number)[]): LakeType | TypeFault {
  const precision = args[0] ?? 38
  const scale = args[1] ?? 0
  if (args.length > 2 || typeof precision !== 'number' || typeof scale !== 'number') return { unknown: name }
  if (precision < 1 || precision > 38) return { message: `DECIMAL precision must be in range [1, 38]: ${precision}` }
  if (scale > precision) return { message: `DECIMAL scale must be in range [0, precision (${precision})]: ${scale}` }
  return decimal(precision, scale)
}

/**
 * Reads a type as Trino writes one: `map(varchar, bigint)`, `row(a timestamp(3) with time zone, varchar)`, `integer array`.
 *
 * @returns undefined when the text is not a type
 */
export function parseType(text: string): LakeType | undefined {
  const tokens = text.match(/"(?:[^"]|"")*"|[A-Za-z_][\w$]*|\d+|[(),]|\S/g) ?? []
  const reader = new TypeReader(tokens)
  const type = reader.type()
  return type !== undefined && reader.done() ? type : undefined
}

class TypeReader {
  #at = 0
  readonly #tokens: readonly string[]

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  done(): boolean {
    return this.#at === this.#tokens.length
  }

  type(): LakeType | undefined {
    let type = this.#base()
    while (type !== undefined && this.#words('array')) type = array(type)
    return type
  }

  #base(): LakeType | undefined {
    const name = this.#word()
    if (name === undefined) return undefined
    if (name === 'interval') {
      if (this.#words('year', 'to', 'month')) return INTERVAL_YEAR_MONTH
      return this.#words('day', 'to', 'second') ? INTERVAL_DAY_SECOND : undefined
    }
    if (name === 'double') {
      this.#words('precision')
      return DOUBLE
    }
    if (name === 'row') return this.#row()
    const args = this.#arguments()
    if (args === undefined) return undefined
    if (name === 'time' || name === 'timestamp') {
      const precision = args[0] ?? 3
      if (args.length > 1 || typeof precision !== 'number') return undefined
      const zoned = this.#words('with', 'time', 'zone')
      if (!zoned) this.#words('without', 'time', 'zone')
      return orUndefined(dateTimeType(name, precision, zoned))
    }
    return orUndefined(typeOfName(name, args))
  }

  /** The members of a row: `name type` or `type`; `(date date)` is a member called date. */
  #row(): LakeType | undefined {
    if (!this.#take('(')) return undefined
    const fields: RowField[] = []
    do {
      const start = this.#at
      const token = this.#tokens[this.#at]
      const quoted = token?.startsWith('"')
      let field: RowField | undefined
      if (token !== undefined && (quoted || /^[a-z_]/i.test(token))) {
        this.#at += 1
        const type = this.type()
        if (type) field = { name: quoted ? token.slice(1, -1).replaceAll('""', '"') : token, type }
      }
      if (field === undefined || !this.#follows()) {
        this.#at = start
        const type = this.type()
        if (!type) return undefined
        field = { type }
      }
      fields.push(field)
    } while (this.#take(','))
    return this.#take(')') ? row(fields) : undefined
  }

  #follows(): boolean {
    return this.#tokens[this.#at] === ',' || this.#tokens[this.#at] === ')'
  }

  #arguments(): (LakeType | number)[] | undefined {
    const args: (LakeType | number)[] = []
    if (!this.#take('(')) return args
    do {
      const token = this.#tokens[this.#at]
      if (token !== undefined && /^\d+$/.test(token)) {
        this.#at += 1
        args.push(Number(token))
      } else {
        const type = this.type()
        if (!type) return undefined
        args.push(type)
      }
    } while (this.#take(','))
    return this.#take(')') ? args : undefined
  }

  #word(): string | undefined {
    const token = this.#tokens[this.#at]
    if (token === undefined || !/^[a-z_]/i.test(token)) return undefined
    this.#at += 1
    return token.toLowerCase()
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at += 1
    return true
  }

  #words(...words: string[]): boolean {
    if (!words.every((word, i) => this.#tokens[this.#at + i]?.toLowerCase() === word)) return false
    this.#at += words.length
    return true
  }
}

function orUndefined(type: LakeType | TypeFault): LakeType | undefined {
  return isType(type) ? type : undefined
}
