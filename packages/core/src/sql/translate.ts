import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { formatType } from '../schema/types.ts'
import type { Analysis, RelationLeaf } from './analyze/analysis.ts'
import { analyze } from './analyze/analyze.ts'
import type { CatalogTable } from './catalog.ts'
import { defaultCatalog } from './default-catalog.ts'
import { emitDuckdb, viewNames } from './emit/duckdb.ts'
import { dependenciesOf } from './emit/library.ts'
import { computedByRow } from './emit/row-by-row.ts'
import { emitTrino } from './emit/trino/emit-trino.ts'
import { parse } from './parse.ts'
import { tooDeep } from './parser/nesting.ts'
import { quoteName } from './print/names.ts'
import type { TranslatedTable, TranslateOptions, Translation } from './translation.ts'
import { type Expanded, expandViews } from './views.ts'

/**
 * Translates one Lake query into the words of an engine.
 *
 * Pure: the same text and options give the same answer, and nothing is read.
 *
 * @throws TraillakeError with Trino's code, message and place, for anything that is not one query with a meaning
 */
export function translate(text: string, options: TranslateOptions = {}): Translation {
  try {
    return translateText(text, options)
  } catch (error) {
    if (isTraillakeError(error)) throw error.locate(text)
    // Trees of the depth that the parser accepts fit the stack, unless the caller has used up most of it.
    throw error instanceof RangeError ? tooDeep({ start: 0, end: text.length }).locate(text) : error
  }
}

function translateText(text: string, options: TranslateOptions): Translation {
  const now = options.now ?? new Date()
  const catalog = options.catalog ?? defaultCatalog()
  const { query, viewAt } = expandViews(parse(text), catalog)
  try {
    const analysis = analyze(query, { ...options, catalog, now, text })
    const translation = options.target === 'trino' ? toTrino(analysis, options, now) : toDuckdb(analysis, options, now)
    return { ...translation, tables: translation.tables.map((table) => withoutViews(table, viewAt)) }
  } catch (error) {
    const view = isTraillakeError(error) && error.span && viewAt(error.span)
    if (!view) throw error
    const { code, params, span, cause } = error
    throw new TraillakeError(code, params, { span, cause, hint: `this is in the view ${view}, which is named there` })
  }
}

/** Conditions inside of a view have no words in the text. */
function withoutViews(table: TranslatedTable, viewAt: Expanded['viewAt']): TranslatedTable {
  return { ...table, idle: table.idle.filter((span) => viewAt(span) === undefined) }
}

function toDuckdb(analysis: Analysis, options: TranslateOptions, now: Date): Translation {
  const sql = computedByRow(
    emitDuckdb(analysis, { now, ...(options.parameters ? { parameters: options.parameters } : {}) }),
  )
  const views = viewNames(analysis)
  return {
    sql,
    columns: analysis.output,
    tables: tablesOf(analysis, (leaf) => views.get(leaf)!),
    sortedBy: sortedBy(analysis),
    ...dependenciesOf(sql),
  }
}

/** The name that a store is registered by in Trino unless told otherwise. */
const defaultTrinoTable = (table: CatalogTable): readonly string[] => ['delta', 'default', table.id]

function toTrino(analysis: Analysis, options: TranslateOptions, now: Date): Translation {
  const table = options.trinoTable ?? defaultTrinoTable
  const sql = emitTrino(analysis, { now, parameters: options.parameters ?? [], table })
  const tables = tablesOf(analysis, (_, of) => table(of).map(quoteName).join('.'))
  return { sql, columns: analysis.output, tables, sortedBy: sortedBy(analysis), macros: [], udfs: [] }
}

function sortedBy({ query, output, sortPositions }: Analysis): readonly number[] {
  const positions: number[] = []
  for (const item of query.orderBy) {
    const position = sortPositions.get(item)
    if (position === undefined || formatType(output[position]!.type).includes('time zone')) break
    positions.push(position)
  }
  return positions
}

function tablesOf(
  analysis: Analysis,
  viewOf: (leaf: RelationLeaf, table: CatalogTable) => string,
): readonly TranslatedTable[] {
  return analysis.tables.flatMap((leaf): TranslatedTable[] => {
    if (leaf.source.kind !== 'table') return []
    const { table, bounds, asOf, idle } = leaf.source
    const spans = [...idle].map(({ span }) => span)
    return [{ table, view: viewOf(leaf, table), bounds, ...(asOf ? { asOf } : {}), idle: spans }]
  })
}
