import type { ScalarUdf } from '../types.ts'
import { dateUdfs } from './dates.ts'
import { encodingUdfs } from './encoding.ts'
import { formatUdfs } from './format.ts'
import { hashUdfs } from './hash.ts'
import { ipUdfs } from './ip.ts'
import { jsonUdfs } from './json.ts'
import { regexpUdfs } from './regexp.ts'
import { statisticsUdfs } from './statistics.ts'
import { textUdfs } from './text.ts'

/** Every function in JavaScript that emitted SQL and macros may call. */
export const scalarUdfs: readonly ScalarUdf[] = [
  ...dateUdfs,
  ...encodingUdfs,
  ...formatUdfs,
  ...hashUdfs,
  ...ipUdfs,
  ...jsonUdfs,
  ...regexpUdfs,
  ...statisticsUdfs,
  ...textUdfs,
]

export { UdfError } from './udf-error.ts'
