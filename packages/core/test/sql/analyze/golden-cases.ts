import { readFileSync } from 'node:fs'
import { isTraillakeError, type TraillakeError } from '../../../src/errors/index.ts'
import type { Analysis } from '../../../src/sql/analyze/analysis.ts'
import { analyze } from '../../../src/sql/analyze/analyze.ts'
import type { Catalog } from '../../../src/sql/catalog.ts'
import { layoutTable } from '../../../src/sql/default-catalog.ts'
import { parse } from '../../../src/sql/parse.ts'

export interface GoldenCase {
  readonly id: string
  readonly sql: string
  readonly trino_sql?: string
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly error?: { readonly name: string; readonly message: string }
}

export interface RefusedCase {
  readonly id: string
  readonly kind: string
  readonly sql: string
  readonly trino_error?: string
  readonly trino_message?: string
  readonly line?: number
  readonly column?: number
}

const folder = new URL('../../../../../test-data/golden/', import.meta.url)

export function readGolden<T>(name: string): readonly T[] {
  const lines = readFileSync(new URL(name, folder), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as T)
}

const layouts = {
  EDS_ID: ['e0000000-0000-4000-8000-000000000001', 'events'],
  EDS_ID_2: ['e0000000-0000-4000-8000-000000000002', 'events'],
  EDS_ID_3: ['e0000000-0000-4000-8000-000000000003', 'events'],
  CONFIG_EDS_ID: ['c0000000-0000-4000-8000-000000000001', 'configuration'],
  ACTIVITY_EDS_ID: ['a0000000-0000-4000-8000-000000000001', 'activity'],
  INSIGHT_EDS_ID: ['b0000000-0000-4000-8000-000000000001', 'insights'],
} as const

/** The stores of the goldens, by UUID. */
export const goldenCatalog: Catalog = {
  table: (parts) => {
    const store = Object.values(layouts).find(([id]) => id === parts.join('.').toLowerCase())
    return store && layoutTable(...store)
  },
  tableNames: () => [],
}

/** The layout of each store, by UUID. */
export const goldenLayouts: readonly (readonly [id: string, layout: string])[] = Object.values(layouts)

/** The text with a UUID for every placeholder, as the server's positions count. */
export function withStores(sql: string): string {
  return sql.replace(/\$(\w+_ID(?:_\d)?)\b/g, (text, name: string) =>
    Object.hasOwn(layouts, name) ? layouts[name as keyof typeof layouts][0] : text,
  )
}

export const goldenNow = new Date('2024-05-01T12:00:00Z')

export function analyzeText(
  text: string,
  catalog: Catalog = goldenCatalog,
  parameters?: readonly (string | number)[],
): Analysis {
  return analyze(parse(text), { catalog, now: goldenNow, text, parameters })
}

/** What analysis says of a text: the analysis, or the error that refuses it. Anything else thrown is a bug and passes. */
export function tryAnalyze(text: string, catalog?: Catalog): Analysis | TraillakeError {
  try {
    return analyzeText(text, catalog)
  } catch (error) {
    if (!isTraillakeError(error)) throw error
    return error.locate(text)
  }
}
