import { createHash } from 'node:crypto'

/** A line of test-data/golden/queries.jsonl; its README says what the members mean. */
export interface GoldenQuery {
  readonly id: string
  readonly sql: string
  readonly stores: readonly string[]
  readonly ordered: boolean
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly rows_deduplicated?: readonly (readonly unknown[])[]
  readonly row_count?: number
  readonly row_count_deduplicated?: number
  readonly sha256?: string
  readonly sha256_deduplicated?: string
  readonly sha256_ordered?: string
  readonly sorted_by?: readonly (readonly [index: number, order: 'asc' | 'desc', nulls: 'first' | 'last'])[]
  readonly check?: 'approx' | 'subset'
  readonly tolerance?: number
  readonly arrays?: 'unordered'
  readonly subset_of?: {
    readonly row_count: number
    readonly sha256?: string
    readonly rows?: readonly (readonly unknown[])[]
  }
  readonly error?: { readonly name: string; readonly message: string }
}

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
}

/** What is wrong with an answer, or undefined. Duplicates are taken as removed, as import does. */
export function compareAnswer(golden: GoldenQuery, answer: Answer): string | undefined {
  return compareColumns(golden, answer) ?? compareRows(golden, answer)
}

function compareColumns(golden: GoldenQuery, answer: Answer): string | undefined {
  const shape = (columns: Answer['columns']) =>
    columns.map(({ name, type }) => `${name} ${typeFamily(type)}`).join(', ')
  const [wanted, found] = [shape(golden.columns ?? []), shape(answer.columns)]
  return wanted === found ? undefined : `columns are ${found}, not ${wanted}`
}

/** Types by family: lengths of texts and precision of decimals do not count. */
export function typeFamily(type: string): string {
  return type
    .toLowerCase()
    .replace(/\b(varchar|char)\(\d+\)/g, '$1')
    .replace(/decimal\(\d+,\s*(\d+)\)/g, 'decimal($1)')
}

function compareRows(golden: GoldenQuery, answer: Answer): string | undefined {
  const count = golden.row_count_deduplicated ?? golden.row_count
  if (count !== undefined && answer.rows.length !== count) return `${answer.rows.length} rows, not ${count}`
  if (golden.check === 'subset') return undefined
  const unsorted = golden.sorted_by && firstUnsorted(answer.rows, golden.sorted_by)
  if (unsorted) return `row ${unsorted} is out of order`
  const replaced = golden.rows_deduplicated !== undefined || golden.sha256_deduplicated !== undefined
  const rows = replaced ? golden.rows_deduplicated : golden.rows
  const digest = replaced ? golden.sha256_deduplicated : golden.sha256
  if (golden.sha256_ordered !== undefined && !replaced) {
    if (digestOf(answer.rows, true) !== golden.sha256_ordered) return 'another digest of the rows in order'
  }
  if (rows === undefined) return digestOf(answer.rows) === digest ? undefined : 'another digest of the rows'
  const arrange = golden.arrays === 'unordered' ? rows.map(sortArrays) : rows
  const found = golden.arrays === 'unordered' ? answer.rows.map(sortArrays) : answer.rows
  const tolerance = golden.tolerance ?? 1e-11
  const [a, b] = golden.ordered ? [arrange, found] : [sorted(arrange), sorted(found)]
  const different = a.findIndex((row, i) => !equalCells(row, b[i], tolerance))
  if (different === -1) return undefined
  return `row ${different} is ${JSON.stringify(b[different])?.slice(0, 300)}, not ${JSON.stringify(a[different]).slice(0, 300)}`
}

/** Hex SHA-256 of the rows' lines, sorted unless `inOrder`. */
export function digestOf(rows: Answer['rows'], inOrder = false): string {
  const lines = rows.map((row) => JSON.stringify(row))
  return createHash('sha256')
    .update((inOrder ? lines : lines.sort()).join('\n'))
    .digest('hex')
}

function sorted(rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const key = (row: readonly unknown[]) => JSON.stringify(row)
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

function sortArrays(row: readonly unknown[]): readonly unknown[] {
  return row.map((cell) =>
    Array.isArray(cell) ? [...cell].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : cell,
  )
}

function equalCells(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.entries(a), Object.entries(b)]
  if (left.length !== right.length) return false
  return left.every(
    ([key, value]) => Object.hasOwn(b, key) && equalCells(value, (b as Record<string, unknown>)[key], tolerance),
  )
}

/** The index of the first row that stands before one it should follow. */
function firstUnsorted(rows: Answer['rows'], keys: NonNullable<GoldenQuery['sorted_by']>): number | undefined {
  const inOrder = (a: readonly unknown[], b: readonly unknown[]): boolean => {
    for (const [index, order, nulls] of keys) {
      const [x, y] = [a[index], b[index]]
      if (x === y) continue
      if (x === null || y === null) return (x === null) === (nulls === 'first')
      const less =
        typeof x === 'string'
          ? Buffer.compare(Buffer.from(x), Buffer.from(y as string)) < 0
          : (x as number) < (y as number)
      return less === (order === 'asc')
    }
    return true
  }
  const at = rows.findIndex((row, i) => i > 0 && !inOrder(rows[i - 1] as readonly unknown[], row))
  return at === -1 ? undefined : at
}
