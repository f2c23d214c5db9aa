import type { QueryEngine } from '../engine/query-engine.ts'
import { TraillakeError } from '../errors/index.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import { listEventDataStores } from '../lake/stores.ts'
import { macroTexts } from '../sql/emit/library.ts'
import { udfsByName } from '../sql/emit/udfs.ts'
import { translate } from '../sql/translate.ts'
import { createLakeCatalog } from './catalog.ts'
import { explainFailure } from './engine-failure.ts'
import { createQueryResult } from './query-result.ts'
import { prepareScans } from './scans.ts'
import type { QueryOptions, QueryResult } from './types.ts'

/** What a query needs of the lake. */
export interface QueryContext {
  readonly lake: LakeContext
  /** Opens the engine on first use. */
  readonly engine: () => Promise<QueryEngine>
}

/**
 * Runs one Lake query: translate, pin a version of every table, leave out the files that cannot match, execute.
 *
 * Rows come as they are taken. Errors are TraillakeErrors with Trino's code, message and place where the query is at fault;
 * those of execution may come while rows are taken.
 */
export async function runQuery(context: QueryContext, text: string, options: QueryOptions = {}): Promise<QueryResult> {
  if (typeof text !== 'string') throw new TraillakeError('INVALID_OPTION', { option: 'sql', reason: 'must be text' })
  checkOptions(options)
  const receivedAt = performance.now()
  const catalog = createLakeCatalog(context.lake.file, await listEventDataStores(context.lake))
  const { placeholders } = options
  const translation = translate(text, { catalog, ...(placeholders ? { placeholders } : {}) })
  const translatedAt = performance.now()
  try {
    const scans = await prepareScans(context.lake, catalog, translation.tables)
    const startedAt = performance.now()
    const engine = await context.engine()
    const result = await engine.execute(
      {
        sql: translation.sql,
        views: scans.views,
        macros: Object.fromEntries(translation.macros.map((name) => [name, known(macroTexts(), name)])),
        functions: translation.udfs.map((name) => known(udfsByName(), name)),
      },
      options,
    )
    try {
      return createQueryResult({
        fields: translation.columns,
        result,
        options,
        statistics: { ...scans.statistics, translateMs: translatedAt - receivedAt, pruneMs: startedAt - translatedAt },
        receivedAt,
        startedAt,
        explain: (error) => explainFailure(error, text),
      })
    } catch (error) {
      await result.close()
      throw error
    }
  } catch (error) {
    throw explainFailure(error, text)
  }
}

function known<T>(library: ReadonlyMap<string, T>, name: string): T {
  const found = library.get(name)
  if (found === undefined) throw new Error(`the emitted text needs ${name}, which there is not`)
  return found
}

const KNOWN_OPTIONS: ReadonlySet<string> = new Set(['signal', 'bigints', 'rowMode', 'placeholders', 'timeoutMs'])

function checkOptions(options: QueryOptions): void {
  const { bigints, rowMode, timeoutMs, placeholders } = options
  const refuse = (option: string, reason: string) => new TraillakeError('INVALID_OPTION', { option, reason })
  const unknown = Object.keys(options).find((name) => !KNOWN_OPTIONS.has(name))
  if (unknown !== undefined) throw refuse(unknown, 'is not known')
  if (bigints !== undefined && bigints !== 'auto' && bigints !== 'always')
    throw refuse('bigints', "must be 'auto' or 'always'")
  if (rowMode !== undefined && rowMode !== 'object' && rowMode !== 'array')
    throw refuse('rowMode', "must be 'object' or 'array'")
  // A timer holds no more than 31 bits.
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31))
    throw refuse('timeoutMs', 'must be a positive number of milliseconds')
  const notText = Object.entries(placeholders ?? {}).find(([, value]) => typeof value !== 'string')
  if (notText) throw refuse('placeholders', `must be names of stores: ${notText[0]} is none`)
}
