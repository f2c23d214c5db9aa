import { isDeepStrictEqual } from 'node:util'
import { isTraillakeError } from '../../src/errors/index.ts'
import { translate } from '../../src/sql/translate.ts'
import { type Answer, compareAnswer } from '../golden-compare.ts'
import { askTrino, TrinoFailure } from './client.ts'
import type { RandomQuery } from './generate/queries.ts'
import type { SharedLake } from './lake.ts'

export type Outcome = { readonly answer: Answer } | { readonly error: string; readonly message: string }

export type Verdict =
  | {
      readonly kind:
        | 'rows'
        | `same error ${string}`
        | 'refused'
        | 'trino failed'
        | 'nothing to compute'
        | 'no order in trino'
        | 'rounding'
    }
  /** `failed early`: a constant fails here before there are rows, and no row needs it in Trino. */
  | { readonly kind: 'failed early'; readonly reason: string; readonly why: string }
  /** `another error`: the query fails in both, and which of several failures comes first is for nobody to say. */
  /** `NULL or an error`: one engine computes what the other does not, since another part is NULL. */
  | { readonly kind: 'different' | 'another error' | 'NULL or an error'; readonly reason: string; readonly why: string }

export const STORE = 'EDS_ID_3'

export interface Judge {
  judge(query: RandomQuery): Promise<Verdict>
}

/**
 * Asks both engines and compares what they say: names and types of columns, rows, or the name of the error.
 *
 * @param view what Trino calls the store in texts that could not be translated
 */
export function createJudge(shared: SharedLake, url: string, view: string): Judge {
  const placeholders = Object.fromEntries(shared.ids)
  const { catalog, trinoTable } = shared
  const ours = async (sql: string): Promise<Outcome> => {
    try {
      const result = await shared.lake.query(sql, { rowMode: 'array', placeholders, timeoutMs: 60_000 })
      return { answer: await result.toJson() }
    } catch (error) {
      if (!isTraillakeError(error)) return { error: 'NOT A TRAILLAKE ERROR', message: String(error) }
      const cause = error.cause instanceof Error ? ` (${error.cause.message.slice(0, 300)})` : ''
      return { error: error.code, message: `${error.message}${error.kind === 'INTERNAL_ERROR' ? cause : ''}` }
    }
  }
  const trinoText = (sql: string): string => {
    try {
      return translate(sql, { target: 'trino', catalog, trinoTable, placeholders }).sql
    } catch {
      return sql.replaceAll(`$${STORE}`, view)
    }
  }
  const theirs = async (sql: string): Promise<Outcome> => {
    try {
      return { answer: await askTrino(trinoText(sql), url) }
    } catch (error) {
      if (error instanceof TrinoFailure) return { error: error.errorName, message: error.message }
      throw error
    }
  }
  const failsEarly = (sql: string): boolean => {
    try {
      translate(sql, { catalog, placeholders })
      return false
    } catch (error) {
      return isTraillakeError(error) && RUNTIME.has(error.code) && error.code !== 'NOT_SUPPORTED'
    }
  }
  return {
    async judge({ sql, ordered }) {
      const [a, b] = await Promise.all([ours(sql), theirs(sql)])
      return compare(a, b, ordered, sql, 'error' in a && failsEarly(sql))
    },
  }
}

/** What Trino says when it is itself that fails. */
const TRINO_FAILURES =
  /^(?:GENERIC_INTERNAL_ERROR|SERIALIZATION_ERROR|COMPILER_ERROR|EXCEEDED_.*|QUERY_HAS_TOO_MANY_STAGES|FUNCTION_IMPLEMENTATION_.*|GENERATED_BYTECODE_TOO_LARGE)$/

/** Sorting, which decides where Trino finds two values that it cannot order. */
const SORTS = /\bORDER BY\b|\barray_sort\(|\b(?:min|max)(?:_by)?\(|\b(?:least|greatest)\(|\bALL \(|\bTRY\(/i
const UNORDERED = /comparison not supported for (?:arrays|fields) with null elements/

/** Statistics of doubles over a store: sums of rounded parts, whose order neither engine fixes, so that 0 and 1E-33 are one answer. */
const STATISTICS = /\b(?:var_|variance|stddev|covar_|corr|regr_|kurtosis|skewness)/

/** Rows whose columns of floating point are left out, as lines. */
function withoutDoubles({ columns, rows }: Answer): readonly string[] {
  return rows.map((row) => JSON.stringify(row.filter((_, i) => !/^(?:double|real)$/.test(columns[i]!.type)))).sort()
}

/** Errors that values raise while a query runs. */
const RUNTIME: ReadonlySet<string> = new Set([
  ...['INVALID_CAST_ARGUMENT', 'INVALID_FUNCTION_ARGUMENT', 'NUMERIC_VALUE_OUT_OF_RANGE', 'DIVISION_BY_ZERO'],
  ...['NOT_SUPPORTED', 'SUBQUERY_MULTIPLE_ROWS', 'INVALID_ARGUMENTS', 'JSON_INPUT_CONVERSION_ERROR'],
])

function compare(ours: Outcome, trino: Outcome, ordered: boolean, sql: string, early: boolean): Verdict {
  const [name, expected] = ['error' in ours ? ours.error : undefined, 'error' in trino ? trino.error : undefined]
  if (name !== undefined && name === expected) return { kind: `same error ${name}` }
  if (name === 'NOT_SUPPORTED') return { kind: 'refused' }
  if (expected !== undefined && TRINO_FAILURES.test(expected)) return { kind: 'trino failed' }
  const different = (reason: string, why: string): Verdict => {
    const isAnother = name !== undefined && expected !== undefined && RUNTIME.has(name) && RUNTIME.has(expected)
    const fails = RUNTIME.has(name ?? expected ?? '')
    const rows = 'answer' in ours ? ours.answer.rows : 'answer' in trino ? trino.answer.rows : []
    const isNull = fails && rows.every((row) => row.includes(null))
    if (early && 'answer' in trino) return { kind: 'failed early', reason, why }
    return { kind: isAnother ? 'another error' : isNull ? 'NULL or an error' : 'different', reason, why }
  }
  // A constant that fails does so here, also where there turns out to be no row that needs it.
  if (name !== undefined && RUNTIME.has(name) && 'answer' in trino && trino.answer.rows.length === 0)
    return { kind: 'nothing to compute' }
  // Arrays and rows that hold NULL are sorted here, and TRY catches it.
  if (!('error' in ours) && 'error' in trino && UNORDERED.test(trino.message) && SORTS.test(sql))
    return { kind: 'no order in trino' }
  if ('error' in ours)
    return different(
      `${ours.error}, not ${expected ?? 'rows'}`,
      `${ours.message.slice(0, 500)}${'error' in trino ? ` — Trino: ${trino.message.slice(0, 200)}` : ` — Trino: ${JSON.stringify(trino.answer.rows).slice(0, 200)}`}`,
    )
  if ('error' in trino)
    return different(
      `rows, not ${trino.error}`,
      `${JSON.stringify(ours.answer.rows).slice(0, 200)} — Trino: ${trino.message.slice(0, 200)}`,
    )
  const { columns, rows } = trino.answer
  const isReal = columns.some((column) => column.type.includes('real'))
  const fault = compareAnswer(
    { id: '', sql, stores: [], ordered, columns, rows, row_count: rows.length, ...(isReal ? { tolerance: 1e-6 } : {}) },
    ours.answer,
  )
  if (fault === undefined) return { kind: 'rows' }
  const isRounded = STATISTICS.test(sql) && sql.includes(`$${STORE}`) && !fault.startsWith('columns')
  if (isRounded && isDeepStrictEqual(withoutDoubles(ours.answer), withoutDoubles(trino.answer)))
    return { kind: 'rounding' }
  return different(fault.startsWith('columns') ? 'columns' : 'rows differ', fault)
}
