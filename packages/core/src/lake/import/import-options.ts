import { checkS3Options } from '../../storage/index.ts'
import { checkKnownOptions, checkLayout, invalidOption } from '../check-options.ts'
import type { ImportOptions } from '../types.ts'
import { checkQueryResultOptions } from './query-results.ts'
import { checkTrailFilter } from './trail-filter.ts'
import { checkLookBack } from './trail-progress.ts'

const IMPORT_OPTIONS = [
  'into',
  'dryRun',
  'layout',
  'eventSelectors',
  'onProgress',
  'signal',
  'memoryBytes',
  'workers',
  'accounts',
  'regions',
  'from',
  'to',
  'keys',
  's3',
  'lookBackHours',
  'queryResults',
] as const satisfies readonly (keyof ImportOptions)[]

/** Errors: INVALID_OPTION. Selectors are checked where they are used. */
export function checkImportOptions(options: ImportOptions): void {
  checkKnownOptions(options, IMPORT_OPTIONS)
  checkLayout(options.layout)
  checkTrailFilter(options)
  checkLookBack(options.lookBackHours)
  if (options.s3) checkS3Options(options.s3)
  if (options.queryResults !== undefined) checkQueryResultOptions(options.queryResults)
  if (options.keys !== undefined && (typeof options.keys !== 'string' || options.keys === ''))
    throw invalidOption('keys', 'must name a list of keys')
  if (typeof options.into !== 'string') throw invalidOption('into', 'must name an event data store')
}
