import type { Json } from './json-text.ts'
import type { ParsedPath, Path, Predicate } from './parse.ts'

/** A failure of a path: structural in strict mode, or of an operation in either. */
export class PathError extends Error {
  override readonly name = 'PathError'
}

interface Context {
  readonly strict: boolean
  readonly root: Json
  readonly variables: ReadonlyMap<string, Json>
  readonly current?: Json
  /** Index of the last element of the array that is being subscripted. */
  readonly last?: number
}

/** The items that a path selects, in order; throws PathError. */
export function evaluatePath(parsed: ParsedPath, root: Json, variables: ReadonlyMap<string, Json>): readonly Json[] {
  return items(parsed.path, { strict: parsed.strict, root, variables })
}

const structural = (message: string): PathError => new PathError(`path evaluation failed: structural error: ${message}`)

function items(path: Path, context: Context): readonly Json[] {
  switch (path.kind) {
    case 'context':
      return [context.root]
    case 'current':
      return [context.current!]
    case 'last':
      return [BigInt(context.last!)]
    case 'variable': {
      const value = context.variables.get(path.name)
      if (value === undefined) throw new PathError(`path evaluation failed: no value passed for parameter ${path.name}`)
      return [value]
    }
    case 'literal':
      return [path.value]
    case 'member':
      return unwrapped(path.base, context).flatMap((item) => member(item, path.name, context))
    case 'descendant':
      return items(path.base, context).flatMap((item) => descendants(item, path.name))
    case 'wildcard-member':
      return unwrapped(path.base, context).flatMap((item) => {
        if (isObject(item)) return [...item.values()]
        if (context.strict) throw structural(`invalid item type. Expected: OBJECT, actual: ${typeName(item)}`)
        return []
      })
    case 'wildcard-element':
      return items(path.base, context).flatMap((item) => arrayOf(item, context))
    case 'element':
      return items(path.base, context).flatMap((item) => elements(arrayOf(item, context), path.ranges, context))
    case 'filter':
      return unwrapped(path.base, context).filter(
        (item) => test(path.predicate, { ...context, current: item }) === true,
      )
    case 'method':
      return method(path, context)
    case 'arithmetic':
      return [arithmetic(path.operator, single(path.left, context), single(path.right, context))]
    case 'sign':
      return unwrapped(path.value, context).map((item) => {
        if (typeof item !== 'bigint' && typeof item !== 'number')
          throw new PathError('path evaluation failed: invalid operand of unary operator')
        return path.operator === '-' ? -item : item
      })
  }
}

/** Lax mode looks into arrays where an object or a number is wanted. */
function unwrapped(path: Path, context: Context): readonly Json[] {
  const found = items(path, context)
  return context.strict ? found : found.flatMap((item) => (isArray(item) ? item : [item]))
}

function member(item: Json, name: string, context: Context): readonly Json[] {
  if (!isObject(item)) {
    if (context.strict) throw structural(`invalid item type. Expected: OBJECT, actual: ${typeName(item)}`)
    return []
  }
  const value = item.get(name)
  if (value !== undefined) return [value]
  if (context.strict) throw structural(`missing member '${name}' in JSON object`)
  return []
}

function descendants(item: Json, name: string): readonly Json[] {
  if (isArray(item)) return item.flatMap((inner) => descendants(inner, name))
  if (!isObject(item)) return []
  const own = item.get(name)
  return [...(own === undefined ? [] : [own]), ...[...item.values()].flatMap((inner) => descendants(inner, name))]
}

function arrayOf(item: Json, context: Context): readonly Json[] {
  if (isArray(item)) return item
  if (context.strict) throw structural(`invalid item type. Expected: ARRAY, actual: ${typeName(item)}`)
  return [item]
}

function elements(
  array: readonly Json[],
  ranges: readonly { readonly from: Path; readonly to?: Path }[],
  context: Context,
): readonly Json[] {
  const inner = { ...context, last: array.length - 1 }
  const index = (path: Path): number => {
    const value = single(path, inner)
    if (typeof value !== 'bigint' && typeof value !== 'number')
      throw new PathError('path evaluation failed: array subscript must be a number')
    return Number(typeof value === 'number' ? Math.trunc(value) : value)
  }
  return ranges.flatMap(({ from, to }) => {
    const first = index(from)
    const last = to === undefined ? first : index(to)
    if (context.strict && (first < 0 || last >= array.length || first > last)) {
      throw structural(
        `invalid array subscript: [${first}${to === undefined ? '' : `, ${last}`}] for array of size ${array.length}`,
      )
    }
    return array.slice(Math.max(0, first), last < 0 ? 0 : last + 1)
  })
}

function single(path: Path, context: Context): Json {
  const found = unwrapped(path, context)
  if (found.length !== 1) throw new PathError('path evaluation failed: operand is not a single item')
  return found[0]!
}

function arithmetic(operator: string, left: Json, right: Json): Json {
  const isNumber = (value: Json): value is bigint | number => typeof value === 'bigint' || typeof value === 'number'
  if (!isNumber(left) || !isNumber(right)) throw new PathError('path evaluation failed: invalid operand types')
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if ((operator === '/' || operator === '%') && right === 0n)
      throw new PathError('path evaluation failed: division by zero')
    return {
      '+': left + right,
      '-': left - right,
      '*': left * right,
      '/': operator === '/' ? left / right : 0n,
      '%': operator === '%' ? left % right : 0n,
    }[operator]!
  }
  const [a, b] = [Number(left), Number(right)]
  return { '+': a + b, '-': a - b, '*': a * b, '/': a / b, '%': a % b }[operator]!
}

function method(path: Path & { readonly kind: 'method' }, context: Context): readonly Json[] {
  if (path.name === 'type') return items(path.base, context).map((item) => typeName(item).toLowerCase())
  if (path.name === 'size') {
    return items(path.base, context).map((item) => {
      if (!isArray(item) && context.strict)
        throw structural(`invalid item type. Expected: ARRAY, actual: ${typeName(item)}`)
      return isArray(item) ? BigInt(item.length) : 1n
    })
  }
  return unwrapped(path.base, context).flatMap((item): readonly Json[] => {
    if (path.name === 'keyvalue') {
      if (!isObject(item)) throw structural(`invalid item type. Expected: OBJECT, actual: ${typeName(item)}`)
      return [...item].map(
        ([name, value]) =>
          new Map<string, Json>([
            ['name', name],
            ['value', value],
            ['id', 0n],
          ]),
      )
    }
    if (path.name === 'double') {
      const value =
        typeof item === 'string'
          ? Number(item.trim() === '' ? Number.NaN : item)
          : typeof item === 'bigint' || typeof item === 'number'
            ? Number(item)
            : Number.NaN
      if (Number.isNaN(value)) throw new PathError('path evaluation failed: cannot cast to double')
      return [value]
    }
    if (typeof item === 'bigint') return [path.name === 'abs' && item < 0n ? -item : item]
    if (typeof item !== 'number') throw structural(`invalid item type. Expected: NUMBER, actual: ${typeName(item)}`)
    return [path.name === 'abs' ? Math.abs(item) : path.name === 'ceiling' ? Math.ceil(item) : Math.floor(item)]
  })
}

/** Three-valued: undefined is unknown, also where something fails. */
function test(predicate: Predicate, context: Context): boolean | undefined {
  switch (predicate.kind) {
    case 'and': {
      const left = test(predicate.left, context)
      const right = left === false ? false : test(predicate.right, context)
      return left === false || right === false ? false : left === undefined || right === undefined ? undefined : true
    }
    case 'or': {
      const left = test(predicate.left, context)
      const right = left === true ? true : test(predicate.right, context)
      return left === true || right === true ? true : left === undefined || right === undefined ? undefined : false
    }
    case 'not': {
      const value = test(predicate.value, context)
      return value === undefined ? undefined : !value
    }
    case 'is-unknown':
      return test(predicate.value, context) === undefined
    case 'exists': {
      const found = attempt(predicate.path, context)
      return found === undefined ? undefined : found.length > 0
    }
    case 'starts-with': {
      const [values, prefixes] = [attempt(predicate.value, context), attempt(predicate.prefix, context)]
      const prefix = prefixes?.length === 1 ? prefixes[0] : undefined
      if (values === undefined || typeof prefix !== 'string') return undefined
      return anyOf(
        values.map((value) => (typeof value === 'string' ? value.startsWith(prefix) : undefined)),
        context,
      )
    }
    case 'comparison': {
      const [left, right] = [attempt(predicate.left, context), attempt(predicate.right, context)]
      if (left === undefined || right === undefined) return undefined
      return anyOf(
        left.flatMap((a) => right.map((b) => compare(predicate.operator, a, b))),
        context,
      )
    }
  }
}

function attempt(path: Path, context: Context): readonly Json[] | undefined {
  try {
    return unwrapped(path, context)
  } catch (error) {
    if (error instanceof PathError) return undefined
    throw error
  }
}

/** True when one pair holds; a pair that cannot be compared makes the answer unknown, in lax mode only where no pair held before it. */
function anyOf(results: readonly (boolean | undefined)[], context: Context): boolean | undefined {
  if (context.strict && results.includes(undefined)) return undefined
  for (const result of results) if (result !== false) return result
  return false
}

function compare(operator: string, a: Json, b: Json): boolean | undefined {
  const isNumber = (value: Json): value is bigint | number => typeof value === 'bigint' || typeof value === 'number'
  if (a === null || b === null) {
    if (a === b) return operator === '==' || operator === '<=' || operator === '>='
    return operator === '!=' || operator === '<>' ? true : operator === '==' ? false : undefined
  }
  const comparable =
    (isNumber(a) && isNumber(b)) || (typeof a === typeof b && (typeof a === 'string' || typeof a === 'boolean'))
  if (!comparable) return undefined
  // Integers are bigint and others number: `<` and `>` compare both, `===` would tell them apart.
  const [x, y] = [a, b] as [number, number]
  switch (operator) {
    case '==':
      return !(x < y) && !(x > y)
    case '!=':
    case '<>':
      return x < y || x > y
    case '<':
      return x < y
    case '<=':
      return x <= y
    case '>':
      return x > y
    default:
      return x >= y
  }
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json): value is ReadonlyMap<string, Json> {
  return value instanceof Map
}

function typeName(value: Json): string {
  if (value === null) return 'NULL'
  if (isArray(value)) return 'ARRAY'
  if (isObject(value)) return 'OBJECT'
  return typeof value === 'bigint'
    ? 'NUMBER'
    : typeof value === 'number'
      ? 'NUMBER'
      : typeof value === 'string'
        ? 'STRING'
        : 'BOOLEAN'
}
