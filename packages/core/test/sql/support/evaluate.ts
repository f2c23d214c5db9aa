import { tmpdir } from 'node:os'
import { openQueryEngine, type QueryEngine } from '../../../src/engine/query-engine.ts'
import { isTraillakeError } from '../../../src/errors/index.ts'
import { canonicalForm } from '../../../src/results/forms.ts'
import { decodeRows } from '../../../src/results/rows.ts'
import type { LakeType } from '../../../src/schema/types.ts'
import { fromEngineMessage } from '../../../src/sql/emit/engine-error.ts'
import { macroStatement } from '../../../src/sql/emit/library.ts'
import { udfsByName } from '../../../src/sql/emit/udfs.ts'
import { translate } from '../../../src/sql/translate.ts'
import type { TranslateOptions, Translation } from '../../../src/sql/translation.ts'

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: LakeType }[]
  /** Cells in the canonical form of test-data/golden/README.md. */
  readonly rows: readonly (readonly unknown[])[]
}

/** A real engine that answers Lake queries without tables. */
export interface Evaluator {
  /** Runs a translation; engine failures become TraillakeErrors. */
  run(translation: Translation): Promise<Answer>
  /** Translates and runs; throws TraillakeErrors of either. */
  evaluate(sql: string, options?: TranslateOptions): Promise<Answer>
  close(): Promise<void>
}

export async function openEvaluator(): Promise<Evaluator> {
  const engine: QueryEngine = await openQueryEngine({
    allowedDirectories: [tmpdir()],
    memoryBytes: 512 << 20,
    threads: 1,
  })
  const run = async (translation: Translation): Promise<Answer> => {
    try {
      const result = await engine.execute({
        sql: translation.sql,
        views: [],
        macros: Object.fromEntries(translation.macros.map((name) => [name, macroStatement(name)])),
        functions: translation.udfs.map((name) => udfsByName().get(name)!),
      })
      const rows: unknown[][] = []
      try {
        for await (const chunk of result.chunks()) rows.push(...decodeRows(translation.columns, chunk, canonicalForm))
      } finally {
        await result.close()
      }
      return { columns: translation.columns, rows }
    } catch (error) {
      if (isTraillakeError(error)) throw error
      throw Object.assign(fromEngineMessage(String((error as Error).message)), { cause: error })
    }
  }
  return { run, evaluate: async (sql, options) => run(translate(sql, options)), close: () => engine.close() }
}
