import { aggregateFunctions } from './aggregate.ts'
import { arrayFunctions } from './array.ts'
import { binaryFunctions } from './binary.ts'
import { bitwiseFunctions } from './bitwise.ts'
import { conditionalFunctions } from './conditional.ts'
import { datetimeFunctions } from './datetime.ts'
import { jsonFunctions } from './json.ts'
import { mapFunctions } from './map.ts'
import { mathFunctions } from './math.ts'
import { miscFunctions } from './misc.ts'
import { regexpFunctions } from './regexp.ts'
import { stringFunctions } from './string.ts'
import type { FunctionDefinition, FunctionTable } from './types.ts'
import { urlFunctions } from './url.ts'
import { windowFunctions } from './window.ts'

/** Every function of Lake SQL, by family and by its name in lower case. */
export const functionFamilies = {
  aggregate: aggregateFunctions,
  window: windowFunctions,
  string: stringFunctions,
  regexp: regexpFunctions,
  json: jsonFunctions,
  array: arrayFunctions,
  map: mapFunctions,
  datetime: datetimeFunctions,
  math: mathFunctions,
  conditional: conditionalFunctions,
  url: urlFunctions,
  binary: binaryFunctions,
  bitwise: bitwiseFunctions,
  misc: miscFunctions,
} as const satisfies Readonly<Record<string, FunctionTable>>

/** Every function of Lake SQL, by its name in lower case. */
export const functions: FunctionTable = Object.assign({}, ...Object.values(functionFamilies))

/** Finds a function by its name in any letter case. */
export function findFunction(name: string): FunctionDefinition | undefined {
  const key = name.toLowerCase()
  return Object.hasOwn(functions, key) ? functions[key] : undefined
}

export { macros, requiredMacros } from './macros.ts'
export { scalarUdfs } from './udfs/index.ts'
export { unsupportedFunctions } from './unsupported.ts'
