import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { Analysis, RelationColumn } from './analysis.ts'
import { type ConstantFolder, longestStretchMs } from './constants.ts'
import { columnId } from './expression-key.ts'
import { bare } from './names.ts'
import { lengthOfDateFormat, lengthOfDatePattern, type Stretch, stretchOf } from './time-text.ts'

/** What a condition proves about one column, or one member of it, wherever the condition is true. */
export interface Fact {
  /** Inclusive: milliseconds since 1970 for times, the number itself for whole numbers. */
  readonly min?: number
  readonly max?: number
  /** The only texts possible. */
  readonly values?: ReadonlySet<string>
  readonly notNull: boolean
}

/** Facts by column: its number, and the members on the way: `12`, `12.accesskeyid`. `never`: the condition is never true. */
export type Facts = ReadonlyMap<string, Fact> | 'never'

export const NO_FACTS: Facts = new Map()

/** What must hold where all conditions do. */
export function allOf(many: readonly Facts[]): Facts {
  const all = new Map<string, Fact>()
  for (const facts of many) {
    if (facts === 'never') return 'never'
    for (const [key, fact] of facts) {
      const known = all.get(key)
      all.set(key, known ? both(known, fact) : fact)
    }
  }
  return all
}

/** What must hold where one of the conditions does. */
export function anyOf(many: readonly Facts[]): Facts {
  const possible = many.filter((facts) => facts !== 'never')
  const [first, ...rest] = possible
  if (!first) return 'never'
  const any = new Map<string, Fact>()
  for (const [key, fact] of first) {
    const others = rest.map((facts) => facts.get(key))
    if (others.every((other) => other !== undefined)) any.set(key, oneOf([fact, ...others]))
  }
  return any
}

/** Two columns whose values are equal where it matters. */
export type EqualColumns = readonly [left: string, right: string]

/** What is known of one of two equal columns holds for the other. */
export function shareFacts(facts: Facts, pairs: readonly EqualColumns[]): Facts {
  if (facts === 'never' || pairs.length === 0) return facts
  const shared = new Map(facts)
  // Once around for each link of the longest chain.
  for (let round = 0; round < pairs.length; round++) {
    for (const [left, right] of pairs) {
      const [a, b] = [shared.get(left), shared.get(right)]
      const known = a && b ? both(a, b) : (a ?? b)
      if (known) shared.set(left, known).set(right, known)
    }
  }
  return shared
}

function both(a: Fact, b: Fact): Fact {
  const values =
    a.values && b.values ? new Set([...a.values].filter((value) => b.values!.has(value))) : (a.values ?? b.values)
  return fact(larger(a.min, b.min), smaller(a.max, b.max), values, a.notNull || b.notNull)
}

/** One pass over all of them: a list of thousands of values is usual. */
function oneOf(facts: readonly Fact[]): Fact {
  let min: number | undefined = Number.POSITIVE_INFINITY
  let max: number | undefined = Number.NEGATIVE_INFINITY
  let values: Set<string> | undefined = new Set()
  let notNull = true
  for (const one of facts) {
    min = one.min === undefined || min === undefined ? undefined : Math.min(min, one.min)
    max = one.max === undefined || max === undefined ? undefined : Math.max(max, one.max)
    if (!one.values) values = undefined
    else for (const value of one.values) values?.add(value)
    notNull &&= one.notNull
  }
  return fact(min, max, values, notNull)
}

function fact(
  min: number | undefined,
  max: number | undefined,
  values: ReadonlySet<string> | undefined,
  notNull: boolean,
): Fact {
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(values ? { values } : {}),
    notNull,
  }
}

const larger = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)
const smaller = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

/** Reads facts from the conditions of an analyzed query. */
export class FactFinder {
  readonly #analysis: Analysis
  readonly #constants: ConstantFolder

  constructor(analysis: Analysis, constants: ConstantFolder) {
    this.#analysis = analysis
    this.#constants = constants
  }

  /** What a condition proves where it is true, or with `holds` false, where it is false; nothing for forms that are not known here. */
  facts(node: ast.Expression, holds = true): Facts {
    switch (node.kind) {
      case 'Parenthesized':
        return this.facts(node.expression, holds)
      case 'Not':
        return this.facts(node.value, !holds)
      case 'Logical':
        return ((node.operator === 'AND') === holds ? allOf : anyOf)(node.terms.map((term) => this.facts(term, holds)))
      case 'BooleanLiteral':
        return node.value === holds ? NO_FACTS : 'never'
      case 'NullLiteral':
        return 'never'
      case 'Comparison':
        return this.#comparison(node, holds)
      case 'IsDistinctFrom':
        return node.negated === holds ? this.#compare(node.left, '=', node.right) : NO_FACTS
      case 'Between':
        if (node.negated === holds)
          return anyOf([this.#compare(node.value, '<', node.min), this.#compare(node.value, '>', node.max)])
        return allOf([this.#compare(node.value, '>=', node.min), this.#compare(node.value, '<=', node.max)])
      case 'In':
        if (node.negated === holds || 'kind' in node.list) return NO_FACTS
        return anyOf(node.list.map((item) => this.#compare(node.value, '=', item)))
      case 'Like':
        return node.negated === holds ? NO_FACTS : this.#like(node)
      case 'IsNull': {
        const key = node.negated === holds ? this.keyOf(node.value) : undefined
        return key === undefined ? NO_FACTS : new Map([[key, { notNull: true }]])
      }
      default:
        return NO_FACTS
    }
  }

  /** Pairs of columns that are equal wherever a condition is true. */
  equalColumns(node: ast.Expression): readonly EqualColumns[] {
    const inner = bare(node)
    if (inner.kind === 'Logical' && inner.operator === 'AND')
      return inner.terms.flatMap((term) => this.equalColumns(term))
    if (inner.kind !== 'Comparison' || inner.operator !== '=') return []
    const [left, right] = [this.keyOf(inner.left), this.keyOf(inner.right)]
    // Converted values can be equal where the values are not.
    const isPlain = [inner.left, inner.right].every((side) => !this.#analysis.coerceTo.has(side))
    return left !== undefined && right !== undefined && isPlain ? [[left, right]] : []
  }

  /** The key of a column or of a member of one; undefined for anything else. */
  keyOf(node: ast.Expression): string | undefined {
    const inner = bare(node)
    if (inner.kind !== 'Identifier' && inner.kind !== 'Dereference') return undefined
    const reference = this.#analysis.references.get(inner)
    if (reference?.kind === 'column') return columnKeyOf(reference.column)
    if (reference?.kind !== 'field' || inner.kind !== 'Dereference') return undefined
    const base = this.keyOf(inner.base)
    const type = this.#analysis.typeOf.get(inner.base)
    const member = type?.kind === 'row' ? type.fields[reference.index]?.name?.toLowerCase() : undefined
    return base === undefined || member === undefined ? undefined : `${base}.${member}`
  }

  #comparison({ left, operator: written, right }: ast.Comparison, holds: boolean): Facts {
    const flipped = { '=': '=', '<>': '<>', '<': '>', '>': '<', '<=': '>=', '>=': '<=' } as const
    const opposite = { '=': '<>', '<>': '=', '<': '>=', '>': '<=', '<=': '>', '>=': '<' } as const
    const operator = holds ? written : opposite[written]
    const facts = this.#compare(left, operator, right)
    return facts === NO_FACTS ? this.#compare(right, flipped[operator], left) : facts
  }

  #compare(column: ast.Expression, operator: ast.ComparisonOperator, constant: ast.Expression): Facts {
    if (operator === '<>') return NO_FACTS
    const found =
      this.#text(column, operator, constant) ??
      this.#number(column, operator, constant) ??
      this.#time(column, operator, constant) ??
      this.#timeText(column, operator, constant) ??
      this.#year(column, operator, constant)
    return found ? new Map([found]) : NO_FACTS
  }

  #text(
    column: ast.Expression,
    operator: ast.ComparisonOperator,
    constant: ast.Expression,
  ): [string, Fact] | undefined {
    const key = operator === '=' ? this.keyOf(column) : undefined
    const text = this.#constants.text(constant)
    // A char would compare padded.
    const isText = this.#typeOf(column)?.kind === 'varchar' && this.#typeOf(constant)?.kind === 'varchar'
    return key !== undefined && text !== undefined && isText
      ? [key, { values: new Set([text]), notNull: true }]
      : undefined
  }

  #number(
    column: ast.Expression,
    operator: ast.ComparisonOperator,
    constant: ast.Expression,
  ): [string, Fact] | undefined {
    const key = this.keyOf(column)
    const value = this.#constants.integer(constant)
    if (key === undefined || value === undefined || this.#typeOf(column)?.kind !== 'bigint') return undefined
    return [key, range(operator, value, value)]
  }

  #time(
    column: ast.Expression,
    operator: ast.ComparisonOperator,
    constant: ast.Expression,
  ): [string, Fact] | undefined {
    const time = this.#timeColumn(column)
    const moment = time && this.#constants.moment(constant)
    if (!time || !moment) return undefined
    const floor = Number(
      moment.micros >= 0n || moment.micros % 1000n === 0n ? moment.micros / 1000n : moment.micros / 1000n - 1n,
    )
    const ceiling = moment.micros % 1000n === 0n ? floor : floor + 1
    if (time.stretchMs === 0) return [time.key, range(operator, floor, ceiling)]
    // The start of the stretch that a time lies in: the time is no earlier, and less than a stretch later.
    const fact = range(operator === '<' ? '<=' : operator === '>' ? '>=' : operator, floor, floor)
    return [time.key, fact.max === undefined ? fact : { ...fact, max: fact.max + time.stretchMs }]
  }

  /** A time as text, or the beginning of it, compared with a text. */
  #timeText(
    column: ast.Expression,
    operator: ast.ComparisonOperator,
    constant: ast.Expression,
  ): [string, Fact] | undefined {
    const text = this.#constants.text(constant)
    const time = text === undefined || this.#typeOf(constant)?.kind !== 'varchar' ? undefined : this.#textOfTime(column)
    const stretch = time && stretchOf(text!, time.length)
    return stretch && [time.key, textRange(operator, stretch)]
  }

  #like(node: ast.Like): Facts {
    const text = node.escape ? undefined : this.#constants.text(node.pattern)
    const beginning = text === undefined ? undefined : /^[^%_]*/.exec(text)![0]
    const time = beginning === undefined ? undefined : this.#textOfTime(node.value)
    const stretch = time && stretchOf(beginning!, time.length)
    return stretch ? new Map([[time.key, textRange('=', stretch)]]) : NO_FACTS
  }

  /** A time column as text: `CAST(t AS varchar)`, or the first characters of that, by a cut or a format. */
  #textOfTime(node: ast.Expression): { readonly key: string; readonly length: number } | undefined {
    const inner = bare(node)
    if (inner.kind === 'Cast') return this.#castToText(inner)
    if (inner.kind !== 'FunctionCall') return undefined
    const [first, second, third] = inner.arguments
    const name = this.#analysis.calls.get(inner)?.name
    const text = second && this.#constants.text(second)
    if (!first || !second) return undefined
    switch (name) {
      case 'substr':
      case 'substring': {
        const whole = this.#constants.integer(second) === 1 && third ? this.#textOfTime(first) : undefined
        const length = whole && this.#constants.integer(third!)
        return length === undefined || length < 1 ? undefined : { ...whole!, length: Math.min(length, whole!.length) }
      }
      case 'date_format':
        return this.#cutTime(first, text === undefined ? undefined : lengthOfDateFormat(text))
      case 'format_datetime':
        return this.#cutTime(first, text === undefined ? undefined : lengthOfDatePattern(text))
      default:
        return undefined
    }
  }

  #castToText(node: ast.Cast): { readonly key: string; readonly length: number } | undefined {
    const to = this.#analysis.typeOf.get(node)
    // Text that does not fit is an error, not a shorter text.
    if (to?.kind !== 'varchar' || to.length !== undefined || node.safe) return undefined
    const time = this.#timeColumn(node.value)
    if (time?.stretchMs === 0) return { key: time.key, length: 23 }
    return time && this.#typeOf(node.value)?.kind === 'date' ? { key: time.key, length: 10 } : undefined
  }

  #cutTime(node: ast.Expression, length: number | undefined) {
    const time = length === undefined ? undefined : this.#timeColumn(node)
    return time?.stretchMs === 0 ? { key: time.key, length: length! } : undefined
  }

  /** `year(t)` and `EXTRACT(YEAR FROM t)`. */
  #year(
    column: ast.Expression,
    operator: ast.ComparisonOperator,
    constant: ast.Expression,
  ): [string, Fact] | undefined {
    const inner = bare(column)
    const isYear =
      inner.kind === 'Extract'
        ? inner.field.toUpperCase() === 'YEAR'
        : inner.kind === 'FunctionCall' && this.#analysis.calls.get(inner)?.name === 'year'
    const year = isYear ? this.#constants.integer(constant) : undefined
    if (year === undefined || year < 1000 || year > 9998) return undefined
    const of = inner.kind === 'Extract' ? inner.value : (inner as ast.FunctionCall).arguments[0]!
    const time = this.#timeColumn(of)
    const whole = { min: Date.UTC(year, 0), max: Date.UTC(year + 1, 0) - 1, isWhole: true }
    // `>` a year is not in it any more, as a text's is.
    const fact = operator === '>' ? { min: whole.max + 1, notNull: true } : textRange(operator, whole)
    return time?.stretchMs === 0 ? [time.key, fact] : undefined
  }

  /** A timestamp column with whole milliseconds, or the start of its day, hour, …; `stretchMs` is how long that lasts at most. */
  #timeColumn(node: ast.Expression): { readonly key: string; readonly stretchMs: number } | undefined {
    const inner = bare(node)
    const value =
      inner.kind === 'Cast'
        ? this.#dayOf(inner)
        : inner.kind === 'FunctionCall'
          ? this.#stretchOf(inner)
          : { node: inner, stretchMs: 0 }
    if (!value) return undefined
    const type = this.#analysis.typeOf.get(value.node)
    const key =
      type?.kind === 'timestamp' && !type.withTimeZone && type.precision === 3 ? this.keyOf(value.node) : undefined
    return key === undefined ? undefined : { key, stretchMs: value.stretchMs }
  }

  #dayOf(node: ast.Cast): { readonly node: ast.Expression; readonly stretchMs: number } | undefined {
    const to = this.#analysis.typeOf.get(node)
    return to?.kind === 'date' && !node.safe ? { node: node.value, stretchMs: 86_400_000 } : undefined
  }

  #stretchOf(node: ast.FunctionCall): { readonly node: ast.Expression; readonly stretchMs: number } | undefined {
    const name = this.#analysis.calls.get(node)?.name
    const [first, second] = node.arguments
    if (name === 'date' && first) return { node: first, stretchMs: 86_400_000 }
    const unit = name === 'date_trunc' && first && second ? this.#constants.text(first)?.toLowerCase() : undefined
    const stretchMs = unit === undefined ? undefined : longestStretchMs(unit)
    return stretchMs === undefined ? undefined : { node: second!, stretchMs }
  }

  /** The type in which an expression is compared. */
  #typeOf(node: ast.Expression): LakeType | undefined {
    return this.#analysis.coerceTo.get(node) ?? this.#analysis.typeOf.get(node)
  }
}

/** What a comparison of a time's text with the beginning of one proves: a longer text is greater than its beginning. */
function textRange(operator: ast.ComparisonOperator, { min, max, isWhole }: Stretch): Fact {
  switch (operator) {
    case '=':
      return { min, max, notNull: true }
    case '<':
      return { max: isWhole ? min - 1 : max, notNull: true }
    case '<=':
      return { max, notNull: true }
    case '>':
    case '>=':
      return { min, notNull: true }
    case '<>':
      return { notNull: true }
  }
}

/** Whole numbers, or milliseconds of times that have no finer part: `<` reaches to the one before. */
function range(operator: ast.ComparisonOperator, floor: number, ceiling: number): Fact {
  switch (operator) {
    case '=':
      return { min: ceiling, max: floor, notNull: true }
    case '<':
      return { max: ceiling - 1, notNull: true }
    case '<=':
      return { max: floor, notNull: true }
    case '>':
      return { min: floor + 1, notNull: true }
    case '>=':
      return { min: ceiling, notNull: true }
    case '<>':
      return { notNull: true }
  }
}

/** The key of a column; that of JOIN USING stands for the side that always has its value. */
export function columnKeyOf(column: RelationColumn): string | undefined {
  const { origin } = column
  if (origin.kind === 'same') return columnKeyOf(origin.column)
  if (origin.kind === 'own') return String(columnId(column))
  if (origin.join === 'FULL') return undefined
  return columnKeyOf(origin.join === 'RIGHT' ? origin.right : origin.left)
}
