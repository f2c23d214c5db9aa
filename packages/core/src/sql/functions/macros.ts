import { rewriteMacros } from '../rewrite/macros.ts'
import { aggregateMacros } from './macros/aggregates.ts'
import { arrayMacros, mapMacros } from './macros/arrays.ts'
import { binaryMacros } from './macros/binary.ts'
import { datetimeMacros } from './macros/datetime.ts'
import { jsonMacros } from './macros/json.ts'
import { mathMacros } from './macros/math.ts'
import { miscMacros } from './macros/misc.ts'
import { textMacros } from './macros/text.ts'
import { urlMacros } from './macros/url.ts'
import { scalarUdfs } from './udfs/index.ts'

/** The SQL macros that functions are emitted with, by name: the text that creates each. */
export const macros: Readonly<Record<string, string>> = {
  ...aggregateMacros,
  ...arrayMacros,
  ...mapMacros,
  ...binaryMacros,
  ...datetimeMacros,
  ...jsonMacros,
  ...mathMacros,
  ...miscMacros,
  ...textMacros,
  ...urlMacros,
}

let udfNames: ReadonlySet<string> | undefined

/** The macros and JavaScript functions that emitted SQL calls, those they call in turn included; each macro stands after those it calls. */
export function requiredMacros(sql: string): { readonly macros: readonly string[]; readonly udfs: readonly string[] } {
  udfNames ??= new Set(scalarUdfs.map((udf) => udf.name))
  const ordered = new Set<string>()
  const udfs = new Set<string>()
  const all: Readonly<Record<string, string>> = { ...rewriteMacros, ...macros }
  const visit = (text: string): void => {
    for (const name of text.match(/\btrino_\w+/g) ?? []) {
      if (udfNames!.has(name)) udfs.add(name)
      const macro = Object.hasOwn(all, name) ? all[name] : undefined
      if (macro === undefined || ordered.has(name)) continue
      visit(macro.slice(macro.indexOf(') AS ') + 5))
      ordered.add(name)
    }
  }
  visit(sql)
  return { macros: [...ordered], udfs: [...udfs] }
}
