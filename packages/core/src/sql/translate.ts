import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import { analyze } from './analyze/analyze.ts'
import { emitDuckdb, viewNames } from './emit/duckdb.ts'
import { dependenciesOf } from './emit/library.ts'
import { parse } from './parse.ts'
import type { TranslatedTable, TranslateOptions, Translation } from './translation.ts'

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
    throw isTraillakeError(error) ? error.locate(text) : error
  }
}

function translateText(text: string, options: TranslateOptions): Translation {
  const now = options.now ?? new Date()
  if (options.target === 'trino')
    throw new TraillakeError('NOT_SUPPORTED', { message: 'target trino is not supported' })
  const analysis = analyze(parse(text), { ...options, now, text })
  const sql = emitDuckdb(analysis, { now, ...(options.parameters ? { parameters: options.parameters } : {}) })
  const views = viewNames(analysis)
  const tables = analysis.tables.flatMap((leaf): TranslatedTable[] =>
    leaf.source.kind === 'table'
      ? [{ table: leaf.source.table, view: views.get(leaf)!, bounds: leaf.source.bounds }]
      : [],
  )
  return { sql, columns: analysis.output, tables, ...dependenciesOf(sql) }
}
