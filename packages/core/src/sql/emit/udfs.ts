import type { ScalarUdf } from '../functions/types.ts'
import { scalarUdfs } from '../functions/udfs/index.ts'
import { jsonPathUdfs } from '../rewrite/json-path/udfs.ts'

let functions: ReadonlyMap<string, ScalarUdf> | undefined

/** Every JavaScript function that emitted SQL may call, by name. */
export function udfsByName(): ReadonlyMap<string, ScalarUdf> {
  functions ??= new Map([...scalarUdfs, ...jsonPathUdfs].map((udf) => [udf.name, udf]))
  return functions
}
