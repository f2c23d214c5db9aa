import { parse } from '../../src/sql/parse.ts'
import { printQuery } from '../../src/sql/print.ts'

type Tree = { readonly [key: string]: unknown }
type Path = readonly (string | number)[]

const isNode = (value: unknown): value is Tree & { readonly kind: string } =>
  typeof value === 'object' && value !== null && 'kind' in value && 'span' in value

const EXPRESSIONS = new Set(
  'NullLiteral BooleanLiteral LongLiteral DecimalLiteral DoubleLiteral StringLiteral BinaryLiteral GenericLiteral IntervalLiteral Identifier Dereference Subscript Parenthesized Row ArrayConstructor Arithmetic Negation Concatenation AtTimeZone Comparison QuantifiedComparison IsDistinctFrom Between In Like IsNull Exists Subquery Not Logical SimpleCase SearchedCase Cast FunctionCall Lambda Extract Trim CurrentValue Grouping JsonFunction'.split(
    ' ',
  ),
)
/** Members that a tree does without. */
const OPTIONAL = new Set([
  'where',
  'having',
  'groupBy',
  'otherwise',
  'filter',
  'limit',
  'offset',
  'with',
  'over',
  'escape',
])
/** Lists that may be shorter. */
const LISTS = new Set(['items', 'rows', 'orderBy', 'terms', 'whens', 'list', 'arguments', 'elements'])

/**
 * Makes a query smaller as long as it stays interesting.
 *
 * @param isInteresting asked at most `budget` times
 */
export async function shrink(
  sql: string,
  isInteresting: (sql: string) => Promise<boolean>,
  budget = 150,
): Promise<string> {
  let smallest = sql
  let left = budget
  const tried = new Set<string>([sql])
  for (let progress = true; progress && left > 0; ) {
    progress = false
    for (const candidate of candidates(smallest)) {
      if (tried.has(candidate)) continue
      tried.add(candidate)
      if (left-- <= 0) break
      if (!(await isInteresting(candidate))) continue
      smallest = candidate
      progress = true
      break
    }
  }
  return smallest
}

/** Smaller texts, the boldest cuts first. */
function candidates(sql: string): readonly string[] {
  const tree = readable(sql)
  if (!tree) return []
  const found = new Set<string>()
  const consider = (changed: unknown): void => {
    try {
      const text = printQuery(changed as Parameters<typeof printQuery>[0])
      parse(text)
      if (text.length < sql.length) found.add(text)
    } catch {
      // Not a tree that can be written, or not a text that can be read.
    }
  }
  for (const [path, node] of nodesOf(tree, [])) {
    if (isNode(node) && EXPRESSIONS.has(node.kind)) {
      for (const [, below] of nodesOf(node, [])) {
        if (below !== node && isNode(below) && EXPRESSIONS.has(below.kind) && below.kind !== 'Lambda')
          consider(replaced(tree, path, below))
      }
    }
    for (const [key, value] of Object.entries(node)) {
      if (OPTIONAL.has(key) && value !== undefined) consider(replaced(tree, [...path, key], undefined))
      if (LISTS.has(key) && Array.isArray(value) && value.length > 0)
        for (let i = 0; i < value.length; i++) consider(replaced(tree, [...path, key], value.toSpliced(i, 1)))
    }
  }
  return [...found].sort((a, b) => a.length - b.length)
}

/** The tree of a text; undefined where it cannot be read. */
function readable(sql: string): Tree | undefined {
  try {
    return parse(sql) as unknown as Tree
  } catch {
    return undefined
  }
}

function* nodesOf(value: unknown, path: Path): Iterable<readonly [Path, Tree]> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* nodesOf(item, [...path, i])
  else if (typeof value === 'object' && value !== null) {
    if (isNode(value)) yield [path, value]
    for (const [key, member] of Object.entries(value)) if (key !== 'span') yield* nodesOf(member, [...path, key])
  }
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return by
  if (Array.isArray(value)) return value.map((item, i) => (i === first ? replaced(item, rest, by) : item))
  return { ...(value as Tree), [first]: replaced((value as Tree)[first], rest, by) }
}
