import { macros } from '../functions/macros.ts'
import type { ScalarUdf } from '../functions/types.ts'
import { scalarUdfs } from '../functions/udfs/index.ts'
import { jsonPathUdfs } from '../rewrite/json-path/udfs.ts'
import { rewriteMacros } from '../rewrite/macros.ts'

let texts: ReadonlyMap<string, string> | undefined
let functions: ReadonlyMap<string, ScalarUdf> | undefined

/** Every macro that emitted SQL may call: its CREATE statement by its name. */
export function macroTexts(): ReadonlyMap<string, string> {
  texts ??= new Map(Object.entries({ ...macros, ...rewriteMacros }))
  return texts
}

/** Every JavaScript function that emitted SQL may call, by name. */
export function udfsByName(): ReadonlyMap<string, ScalarUdf> {
  functions ??= new Map([...scalarUdfs, ...jsonPathUdfs].map((udf) => [udf.name, udf]))
  return functions
}

/**
 * What `sql` needs before it runs, with what that needs in turn.
 *
 * @returns names in the order in which they can be created: what a macro calls stands before it
 */
export function dependenciesOf(sql: string): { readonly macros: readonly string[]; readonly udfs: readonly string[] } {
  const needed = new Set<string>()
  const udfs = new Set<string>()
  const visit = (text: string): void => {
    for (const name of text.match(/\btrino_\w+/g) ?? []) {
      if (needed.has(name) || udfs.has(name)) continue
      if (udfsByName().has(name)) udfs.add(name)
      const macro = macroTexts().get(name)
      if (macro === undefined) continue
      visit(macro.replace(`MACRO ${name}(`, 'MACRO ('))
      needed.add(name)
    }
  }
  visit(sql)
  return { macros: [...needed], udfs: [...udfs] }
}
