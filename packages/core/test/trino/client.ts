import { parseType } from '../../src/schema/parse-type.ts'
import type { LakeType } from '../../src/schema/types.ts'

/** Base address of a Trino that answers tests; without it they are skipped. */
export const trinoUrl: string | undefined = process.env.TRAILLAKE_TRINO || undefined
/** The folder that is the root of `local://` in that Trino: lakes that its Delta catalog is to read are made below it. */
export const trinoRoot: string | undefined = process.env.TRAILLAKE_TRINO_ROOT || undefined

export interface TrinoAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Canonical cells of test-data/golden/README.md. */
  readonly rows: readonly (readonly unknown[])[]
}

/** What Trino says to a statement that fails. */
export class TrinoFailure extends Error {
  readonly errorName: string

  constructor(errorName: string, message: string) {
    super(message)
    this.errorName = errorName
  }
}

interface Page {
  readonly error?: { readonly errorName: string; readonly message: string }
  readonly columns?: TrinoAnswer['columns']
  readonly data?: readonly (readonly unknown[])[]
  readonly nextUri?: string
}

/** Runs one statement to its end, in a session whose time zone is UTC. Throws TrinoFailure. */
export async function askTrino(sql: string, url: string): Promise<TrinoAnswer> {
  const headers = {
    'X-Trino-User': 'test',
    'X-Trino-Catalog': 'memory',
    'X-Trino-Schema': 'default',
    'X-Trino-Time-Zone': 'UTC',
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
  }
  let columns: TrinoAnswer['columns'] = []
  const data: (readonly unknown[])[] = []
  let response = await fetch(new URL('/v1/statement', url), { method: 'POST', headers, body: sql })
  for (;;) {
    if (!response.ok) throw new Error(`Trino answers ${response.status}: ${await response.text()}`)
    const page = JSON.parse(withWideIntegers(await response.text())) as Page
    if (page.error) throw new TrinoFailure(page.error.errorName, page.error.message)
    columns = page.columns ?? columns
    data.push(...(page.data ?? []))
    if (page.nextUri === undefined) break
    response = await fetch(page.nextUri, { headers })
  }
  const types = columns.map(({ type }) => parseType(type))
  return { columns, rows: data.map((row) => row.map((cell, i) => canonicalCell(cell, types[i]))) }
}

/** Integers of 16 digits and more as strings, which is what JSON.parse would spoil; texts are left alone. */
function withWideIntegers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) ? `"${token}"` : token,
  )
}

/** A cell as Trino sends it, in the canonical form; types that nothing here knows pass as they are. */
export function canonicalCell(cell: unknown, type: LakeType | undefined): unknown {
  if (cell === null || type === undefined) return cell
  switch (type.kind) {
    case 'real':
    case 'double':
      return typeof cell !== 'number' || Number.isInteger(cell) ? cell : Number(cell.toPrecision(12))
    case 'bigint':
      return typeof cell === 'string' && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell
    case 'array':
      return (cell as readonly unknown[]).map((item) => canonicalCell(item, type.element))
    case 'row':
      return (cell as readonly unknown[]).map((item, i) => canonicalCell(item, type.fields[i]!.type))
    case 'map': {
      const entries = Object.entries(cell as object).map(
        ([key, item]) => [key, canonicalCell(item, type.value)] as const,
      )
      return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    }
    default:
      return cell
  }
}
