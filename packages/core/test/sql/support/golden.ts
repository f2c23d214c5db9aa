import { readFileSync } from 'node:fs'
import { isTraillakeError } from '../../../src/errors/index.ts'
import { formatType } from '../../../src/schema/types.ts'
import type { Answer } from './evaluate.ts'

export interface GoldenCase {
  readonly id: string
  readonly sql: string
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly error?: { readonly name: string; readonly message: string }
  readonly ordered?: boolean
  readonly tolerance?: number
  readonly arrays?: 'unordered'
}

const folder = new URL('../../../../../test-data/golden/', import.meta.url)

export function readGoldens(file: string): readonly GoldenCase[] {
  return readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as GoldenCase)
}

/** Why an outcome is not the golden's; undefined when it is. */
export function difference(golden: GoldenCase, outcome: Answer | Error): string | undefined {
  if (golden.error) {
    if (!(outcome instanceof Error))
      return `expected ${golden.error.name}, got rows ${JSON.stringify(outcome.rows).slice(0, 200)}`
    const code = isTraillakeError(outcome) ? outcome.code : outcome.name
    return code === golden.error.name
      ? undefined
      : `expected ${golden.error.name} (${golden.error.message.slice(0, 80)}), got ${code}: ${outcome.message.slice(0, 200)}`
  }
  if (outcome instanceof Error)
    return `failed: ${isTraillakeError(outcome) ? `${outcome.code}: ` : ''}${outcome.message.slice(0, 300)}`
  return columnDifference(golden, outcome) ?? rowDifference(golden, outcome)
}

function columnDifference(golden: GoldenCase, answer: Answer): string | undefined {
  const wanted = golden.columns!.map(({ name, type }) => `${name} ${family(type)}`).join(', ')
  const found = answer.columns.map(({ name, type }) => `${name} ${family(formatType(type))}`).join(', ')
  return wanted.toLowerCase() === found.toLowerCase() ? undefined : `columns ${found} instead of ${wanted}`
}

/** Lengths of varchar do not count. */
function family(type: string): string {
  return type
    .toLowerCase()
    .replace(/varchar\(\d+\)/g, 'varchar')
    .replace(/, /g, ',')
}

function rowDifference(golden: GoldenCase, answer: Answer): string | undefined {
  const types = golden.columns!.map(({ type }) => type)
  const shape = (rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] =>
    rows.map((row) =>
      row.map((cell, i) => normalize(cell, golden.arrays === 'unordered' && types[i]!.startsWith('array'))),
    )
  const wanted = sorted(shape(golden.rows!), golden)
  const found = sorted(shape(answer.rows), golden)
  const same =
    wanted.length === found.length &&
    wanted.every((row, i) => row.every((cell, k) => sameCell(cell, found[i]![k], golden.tolerance)))
  return same
    ? undefined
    : `rows ${JSON.stringify(found).slice(0, 200)} instead of ${JSON.stringify(wanted).slice(0, 200)}`
}

function sorted(rows: readonly (readonly unknown[])[], golden: GoldenCase): readonly (readonly unknown[])[] {
  return golden.ordered ? rows : rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** One spelling for a value however it was written: doubles to twelve digits, members of objects in order. */
function normalize(value: unknown, unordered: boolean): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(12))
  if (Array.isArray(value)) {
    const items = value.map((item) => normalize(item, false))
    return unordered ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, normalize(item, false)] as const)
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  return value
}

function sameCell(wanted: unknown, found: unknown, tolerance: number | undefined): boolean {
  if (typeof wanted === 'number' && typeof found === 'number' && tolerance !== undefined) {
    return Math.abs(wanted - found) <= Math.abs(wanted) * tolerance + Number.EPSILON
  }
  // JSON numbers beyond 2^53 have lost digits on their way in.
  if (typeof wanted === 'number' && typeof found === 'string')
    return Math.abs(wanted) > Number.MAX_SAFE_INTEGER && Number(found) === wanted
  if (typeof wanted === 'object' && wanted !== null && typeof found === 'object' && found !== null) {
    const keys = Object.keys(wanted)
    return (
      Array.isArray(wanted) === Array.isArray(found) &&
      keys.length === Object.keys(found).length &&
      keys.every(
        (key) => Object.hasOwn(found, key) && sameCell((wanted as never)[key], (found as never)[key], tolerance),
      )
    )
  }
  return Object.is(wanted, found) || (wanted === 0 && found === 0)
}
