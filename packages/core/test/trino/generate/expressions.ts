import {
  array,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  formatType,
  INTEGER,
  INTERVAL_DAY_SECOND,
  INTERVAL_YEAR_MONTH,
  type LakeType,
  map,
  REAL,
  row,
  SMALLINT,
  sameType,
  timestamp,
  VARCHAR,
} from '../../../src/schema/types.ts'
import { canCast } from '../../../src/sql/analyze/cast.ts'
import { isComparable, isOrderable } from '../../../src/sql/analyze/coercion.ts'
import { type Pattern, signatureOf } from '../../../src/sql/analyze/signature.ts'
import { functions } from '../../../src/sql/functions/index.ts'
import type { FunctionDefinition, Overload } from '../../../src/sql/functions/types.ts'
import { amountArgument, hintedArgument, unpredictable } from './hints.ts'
import { literal, quote } from './literals.ts'
import type { Random } from './random.ts'
import { randomSimple, randomType } from './types.ts'

/** A value that has a name where an expression stands. */
export interface Column {
  readonly sql: string
  readonly type: LakeType
}

/** What an expression may use. */
export interface Place {
  readonly columns: readonly Column[]
  /** How many lambdas are around. */
  readonly lambdas: number
  /**
   * True where failures are caught on the spot: below a call, an operator or a condition. Which of several parts is computed first, or not at
   * all since another is NULL, is for each engine to say.
   */
  readonly guarded?: boolean
}

interface Candidate {
  readonly name: string
  readonly definition: FunctionDefinition
  readonly overload: Overload
}

const candidates = (kind: FunctionDefinition['kind']): readonly Candidate[] =>
  Object.entries(functions)
    .filter(([name, definition]) => definition.kind === kind && !unpredictable.has(name))
    .flatMap(([name, definition]) => definition.overloads.map((overload) => ({ name, definition, overload })))
const scalars = candidates('scalar')
const aggregates = candidates('aggregate')

type Bindings = Map<string, LakeType>

/** Writes expressions of wanted types. */
export interface ExpressionWriter {
  expression(type: LakeType, depth: number, place: Place): string
  condition(depth: number, place: Place): string
  /** A call of an aggregate over expressions of the place, and its type. */
  aggregate(depth: number, place: Place): Column
}

export function createExpressionWriter(random: Random): ExpressionWriter {
  function expression(type: LakeType, depth: number, place: Place): string {
    const fitting = place.columns.filter((column) => sameType(column.type, type))
    if (fitting.length > 0 && random.chance(depth === 0 ? 0.85 : 0.35)) return random.pick(fitting).sql
    if (depth <= 0) return literal(type, random)
    for (let attempt = 0; attempt < 6; attempt++) {
      const text = production(type, depth, place)
      if (text !== undefined) return text
    }
    return literal(type, random)
  }

  function production(type: LakeType, depth: number, outer: Place): string | undefined {
    const d = depth - 1
    const choice = random.next()
    const place = random.chance(0.95) ? { ...outer, guarded: true } : outer
    if (choice < 0.45) return guarded(call(type, d, place), outer)
    if (choice < 0.57) return guarded(operator(type, d, place), outer)
    if (choice < 0.69) return cast(type, d, place, outer.guarded === true)
    if (choice < 0.79) return conditional(type, d, place)
    if (choice < 0.9) return part(type, d, place)
    if (choice < 0.93) return `(SELECT ${expression(type, d, { columns: [], lambdas: 0, guarded: true })})`
    return built(type, d, place)
  }

  const guarded = (text: string | undefined, { guarded: isGuarded }: Place): string | undefined =>
    text !== undefined && isGuarded ? `TRY(${text})` : text

  function call(type: LakeType, depth: number, place: Place): string | undefined {
    const start = random.below(scalars.length)
    for (let i = 0; i < scalars.length; i++) {
      const candidate = scalars[(start + i) % scalars.length]!
      const bindings: Bindings = new Map()
      const { result } = signatureOf(candidate.overload)
      // A bare variable fits everything: do not let it crowd the others out.
      if (result.kind === 'variable' && !random.chance(0.25)) continue
      if (!unify(result, type, bindings)) continue
      const text = callOf(candidate, bindings, depth, place)
      if (text !== undefined) return text
    }
    return undefined
  }

  function callOf({ name, overload }: Candidate, bindings: Bindings, depth: number, place: Place): string | undefined {
    const { parameters } = signatureOf(overload)
    const args: string[] = []
    for (const { pattern, optional, variadic } of parameters) {
      if (optional && random.chance(0.5)) break
      for (let n = variadic ? 1 + random.below(3) : 1; n > 0; n--) {
        const text = argument(name, args.length, pattern, bindings, overload, depth, place)
        if (text === undefined) return undefined
        args.push(text)
      }
    }
    return `${name}(${args.join(', ')})`
  }

  function argument(
    name: string,
    index: number,
    pattern: Pattern,
    bindings: Bindings,
    overload: Overload,
    depth: number,
    place: Place,
  ): string | undefined {
    if (pattern.kind === 'function') {
      const parameters = pattern.parameters.map((parameter) => instantiate(parameter, bindings, overload))
      const result = instantiate(pattern.result, bindings, overload)
      const names = parameters.map((_, i) => `x${place.lambdas}${i === 0 ? '' : `_${i}`}`)
      const inner: Place = {
        columns: [...place.columns, ...names.map((sql, i) => ({ sql, type: parameters[i]! }))],
        lambdas: place.lambdas + 1,
        guarded: true,
      }
      return `(${names.join(', ')}) -> ${expression(result, Math.max(1, depth), inner)}`
    }
    const hinted = hintedArgument(name, index, random)
    const type = instantiate(pattern, bindings, overload)
    const amount = amountArgument(name, index, random)
    if (amount !== undefined && (type.kind === 'bigint' || type.kind === 'integer')) return amount
    if (hinted !== undefined && type.kind === 'varchar') return hinted
    if (type.kind === 'opaque' || type.kind === 'function') {
      return type.kind === 'opaque' && type.name === 'JoniRegExp' ? quote(random.pick(['a', '[a-z]+'])) : undefined
    }
    return expression(type, depth, place)
  }

  /** The type of a pattern; variables that are free are bound. */
  function instantiate(pattern: Pattern, bindings: Bindings, overload: Overload): LakeType {
    switch (pattern.kind) {
      case 'type':
        return pattern.type
      case 'variable': {
        const known = bindings.get(pattern.name) ?? freeType(pattern.name, overload)
        bindings.set(pattern.name, known)
        return known
      }
      case 'sized': {
        if (pattern.base === 'decimal')
          return random.pick([decimal(5, 2), decimal(18, 4), decimal(10, 0), decimal(38, 10)])
        if (pattern.base === 'timestamp') return timestamp(random.pick([0, 3, 3, 6]), pattern.withTimeZone)
        if (pattern.base === 'time') return { kind: 'time', precision: 3, withTimeZone: pattern.withTimeZone }
        return pattern.base === 'char' ? { kind: 'char', length: 4 } : VARCHAR
      }
      case 'array':
        return array(instantiate(pattern.element, bindings, overload))
      case 'map':
        return map(instantiate(pattern.key, bindings, overload), instantiate(pattern.value, bindings, overload))
      case 'row':
        return row(
          pattern.fields.map(({ name, type }) => {
            const inner = instantiate(type, bindings, overload)
            return name === undefined ? { type: inner } : { name, type: inner }
          }),
        )
      case 'function':
        return { kind: 'function', parameters: [], result: BOOLEAN }
    }
  }

  function freeType(name: string, overload: Overload): LakeType {
    for (;;) {
      const type = name === 'K' ? random.pick([VARCHAR, BIGINT, INTEGER, DATE]) : randomType(random, 1)
      if (overload.orderable?.includes(name) && !isOrderable(type)) continue
      if (overload.comparable?.includes(name) && !isComparable(type)) continue
      return type
    }
  }

  function cast(type: LakeType, depth: number, place: Place, isGuarded: boolean): string | undefined {
    for (let attempt = 0; attempt < 12; attempt++) {
      const from =
        attempt < 8 && type.kind !== 'varchar' ? random.pick([VARCHAR, randomSimple(random)]) : randomType(random, 1)
      if (sameType(from, type) || !canCast(from, type)) continue
      // Trino is a second off, or fails, for fractions of a second before 1970.
      if (/timestamp/.test(formatType(from)) && /\btime\(/.test(formatType(type))) continue
      const isText = from.kind === 'varchar' || from.kind === 'json'
      const word = isGuarded || random.chance(isText ? 0.75 : 0.3) ? 'TRY_CAST' : 'CAST'
      return `${word}(${expression(from, depth, place)} AS ${formatType(type)})`
    }
    return undefined
  }

  function conditional(type: LakeType, depth: number, place: Place): string {
    const value = (): string => expression(type, depth, place)
    switch (random.below(6)) {
      case 0:
        return `CASE WHEN ${condition(depth, place)} THEN ${value()}${random.chance(0.6) ? ` ELSE ${value()}` : ''} END`
      case 1: {
        const tested = comparableType()
        const operand = expression(tested, depth, place)
        // Trino takes CASE x WHEN x for true, also where x is NULL.
        const other = (text: string): string => (text === operand ? literal(tested, random) : text)
        const when = (): string => `WHEN ${other(expression(tested, depth, place))} THEN ${value()}`
        return `CASE ${operand} ${when()} ${when()} ELSE ${value()} END`
      }
      case 2:
        return `IF(${condition(depth, place)}, ${value()}${random.chance(0.7) ? `, ${value()}` : ''})`
      case 3:
        return `COALESCE(${value()}, ${value()})`
      case 4:
        return isComparable(type) ? `NULLIF(${value()}, ${value()})` : `COALESCE(${value()}, ${value()})`
      default:
        return `TRY(${value()})`
    }
  }

  /** A part of a value that holds the type. */
  function part(type: LakeType, depth: number, place: Place): string {
    switch (random.below(9)) {
      case 0:
      case 1:
      case 6:
      case 7:
      case 8:
        return `element_at(${expression(array(type), depth, place)}, ${random.pick([1, 1, 2, -1, 5])})`
      case 2:
        return guarded(`${bracketed(expression(array(type), depth, place))}[${random.pick([1, 1, 2])}]`, place)!
      case 3:
        return `element_at(${expression(map(VARCHAR, type), depth, place)}, ${expression(VARCHAR, depth, place)})`
      case 4: {
        const key = random.pick([INTEGER, BIGINT, DATE])
        return guarded(`${bracketed(expression(map(key, type), depth, place))}[${literal(key, random)}]`, place)!
      }
      default: {
        const other = randomSimple(random)
        const whole = row([
          { name: 'm0', type },
          { name: 'm1', type: other },
        ])
        return `${bracketed(expression(whole, depth, place))}.m0`
      }
    }
  }

  const bracketed = (text: string): string => `(${text})`

  /** A value of arrays, maps and rows made of parts; of other types an expression of their kind. */
  function built(type: LakeType, depth: number, place: Place): string {
    switch (type.kind) {
      case 'array':
        return `ARRAY[${Array.from({ length: 1 + random.below(3) }, () => expression(type.element, depth, place)).join(', ')}]`
      case 'row':
        return `CAST(ROW(${type.fields.map((field) => expression(field.type, depth, place)).join(', ')}) AS ${formatType(type)})`
      case 'map':
        return guarded(
          `MAP(ARRAY[${expression(type.key, depth, place)}], ARRAY[${expression(type.value, depth, place)}])`,
          place,
        )!
      case 'boolean':
        return condition(depth, place)
      default:
        return expression(type, depth, place)
    }
  }

  function operator(type: LakeType, depth: number, place: Place): string | undefined {
    const e = (of: LakeType): string => `(${expression(of, depth, place)})`
    switch (type.kind) {
      case 'boolean':
        return condition(depth + 1, place)
      case 'integer':
      case 'bigint':
      case 'double':
      case 'real':
      case 'tinyint':
      case 'smallint': {
        if (random.chance(0.12)) return `-${e(type)}`
        const narrower: Readonly<Record<string, readonly LakeType[]>> = {
          bigint: [INTEGER, BIGINT, SMALLINT],
          double: [INTEGER, BIGINT, DOUBLE, decimal(5, 2), REAL],
        }
        return `${e(type)} ${random.pick(['+', '-', '*', '/', '%'])} ${e(random.pick(narrower[type.kind] ?? [type]))}`
      }
      case 'decimal':
        return `CAST(${e(random.pick([decimal(5, 2), decimal(10, 0), INTEGER]))} ${random.pick(['+', '-', '*', '/', '%'])} ${e(decimal(5, 2))} AS ${formatType(type)})`
      case 'varchar':
        return `${e(VARCHAR)} || ${e(VARCHAR)}`
      case 'varbinary':
        return `${e(type)} || ${e(type)}`
      case 'array':
        return random.chance(0.5) ? `${e(type)} || ${e(type)}` : `${e(type)} || ${e(type.element)}`
      case 'date':
        return `${e(DATE)} ${random.pick(['+', '-'])} INTERVAL '${random.pick(['1', '3'])}' ${random.pick(['DAY', 'MONTH', 'YEAR'])}`
      case 'timestamp':
        if (type.withTimeZone && random.chance(0.4))
          return `${e(type)} AT TIME ZONE '${random.pick(['UTC', 'America/New_York', '+05:30'])}'`
        return `${e(type)} ${random.pick(['+', '-'])} ${e(random.pick([INTERVAL_DAY_SECOND, INTERVAL_YEAR_MONTH]))}`
      case 'time':
        return `${e(type)} + ${e(INTERVAL_DAY_SECOND)}`
      case 'interval day to second':
        return random.chance(0.5)
          ? `${e(timestamp(3))} - ${e(timestamp(random.pick([0, 3])))}`
          : `${e(type)} ${random.pick(['+', '-'])} ${e(type)}`
      case 'interval year to month':
        return random.chance(0.5) ? `${e(type)} * ${random.pick([2, -1, 3])}` : `${e(type)} + ${e(type)}`
      default:
        return undefined
    }
  }

  function comparableType(): LakeType {
    for (;;) {
      const type = randomType(random, 1)
      if (isComparable(type)) return type
    }
  }

  function orderableType(): LakeType {
    for (;;) {
      const type = randomType(random, 1)
      if (isOrderable(type)) return type
    }
  }

  /** A type that is compared with another without a cast. */
  function partner(type: LakeType): LakeType {
    if (!random.chance(0.3)) return type
    switch (type.kind) {
      case 'integer':
      case 'bigint':
        return random.pick([INTEGER, BIGINT, SMALLINT, DOUBLE, decimal(5, 2)])
      case 'double':
        return random.pick([INTEGER, BIGINT, REAL, decimal(5, 2)])
      case 'decimal':
        return random.pick([INTEGER, decimal(18, 4), DOUBLE])
      case 'timestamp':
        return random.pick([DATE, timestamp(0), timestamp(6), timestamp(3, true)])
      case 'date':
        return random.pick([timestamp(3), DATE])
      default:
        return type
    }
  }

  function condition(depth: number, outer: Place): string {
    const place = { ...outer, guarded: true }
    if (depth <= 0) return expression(BOOLEAN, 0, place)
    const d = depth - 1
    const e = (type: LakeType): string => `(${expression(type, d, place)})`
    switch (random.below(12)) {
      case 0:
      case 1: {
        const type = orderableType()
        return `${e(type)} ${random.pick(['<', '<=', '>', '>='])} ${e(partner(type))}`
      }
      case 2:
      case 3: {
        const type = comparableType()
        return `${e(type)} ${random.pick(['=', '<>'])} ${e(partner(type))}`
      }
      case 4: {
        const type = orderableType()
        return `${e(type)} ${random.pick(['', 'NOT '])}BETWEEN ${e(type)} AND ${e(partner(type))}`
      }
      case 5: {
        const type = comparableType()
        const list = Array.from({ length: 1 + random.below(3) }, () => e(random.chance(0.8) ? type : partner(type)))
        return `${e(type)} ${random.pick(['', 'NOT '])}IN (${list.join(', ')})`
      }
      case 6:
        return `${e(VARCHAR)} ${random.pick(['', 'NOT '])}LIKE ${quote(random.pick(['a%', '%b%', '_', '%', 'a_c', '100\\%', '']))}${random.chance(0.2) ? " ESCAPE '\\'" : ''}`
      case 7:
        return `${e(randomType(random, 1))} IS ${random.pick(['', 'NOT '])}NULL`
      case 8: {
        const type = comparableType()
        return `${e(type)} IS ${random.pick(['', 'NOT '])}DISTINCT FROM ${e(partner(type))}`
      }
      case 9:
        return `(${condition(d, place)} ${random.pick(['AND', 'OR'])} ${condition(d, place)})`
      case 10:
        return `NOT (${condition(d, place)})`
      default:
        return expression(BOOLEAN, d, place)
    }
  }

  function aggregate(depth: number, place: Place): Column {
    if (random.chance(0.12)) return { sql: 'count(*)', type: BIGINT }
    for (;;) {
      const candidate = random.pick(aggregates)
      const bindings: Bindings = new Map()
      const sql = callOf(candidate, bindings, depth, { ...place, guarded: true })
      if (sql === undefined) continue
      const type = instantiate(signatureOf(candidate.overload).result, bindings, candidate.overload)
      const isPlain = !['max_by', 'min_by'].includes(candidate.name)
      if (!isPlain) continue
      const filter = random.chance(0.15) ? ` FILTER (WHERE ${condition(1, place)})` : ''
      return { sql: `${random.chance(0.12) ? sql.replace('(', '(DISTINCT ') : sql}${filter}`, type }
    }
  }

  return { expression, condition, aggregate }
}

/** Binds the variables of a pattern so that it is `type`; false where it cannot be. */
function unify(pattern: Pattern, type: LakeType, bindings: Bindings): boolean {
  switch (pattern.kind) {
    case 'type':
      return sameType(pattern.type, type)
    case 'variable': {
      const known = bindings.get(pattern.name)
      if (known) return sameType(known, type)
      bindings.set(pattern.name, type)
      return true
    }
    case 'sized':
      if (pattern.base === 'varchar') return type.kind === 'varchar'
      // The numbers of a result follow from those of arguments: whoever wants exactly these would be disappointed.
      return false
    case 'array':
      return type.kind === 'array' && unify(pattern.element, type.element, bindings)
    case 'map':
      return type.kind === 'map' && unify(pattern.key, type.key, bindings) && unify(pattern.value, type.value, bindings)
    default:
      return false
  }
}
