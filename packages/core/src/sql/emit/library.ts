import { macros } from '../functions/macros.ts'
import { rewriteMacros } from '../rewrite/macros.ts'
import { computedByRow } from './row-by-row.ts'
import { udfsByName } from './udfs.ts'

let texts: ReadonlyMap<string, string> | undefined

/** Every macro that emitted SQL may call, by name, as it was written. */
export function macroTexts(): ReadonlyMap<string, string> {
  texts ??= new Map(Object.entries({ ...macros, ...rewriteMacros }))
  return texts
}

const statements = new Map<string, string>()

/** The CREATE statement of a macro that `dependenciesOf` named. */
export function macroStatement(name: string): string {
  let statement = statements.get(name)
  if (statement === undefined) {
    const text = macroTexts().get(name)
    if (text === undefined) throw new TypeError(`no macro ${name}`)
    statement = computedByRow(text)
    statements.set(name, statement)
  }
  return statement
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
