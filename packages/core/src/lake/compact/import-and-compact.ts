import { invalidOption } from '../check-options.ts'
import { importLogs } from '../import/import-logs.ts'
import type { ImportTuning } from '../import/import-plan.ts'
import type { LakeContext } from '../lake-context.ts'
import type { ImportOptions, ImportReport } from '../types.ts'
import { compactAfterImport } from './compact.ts'

/**
 * Imports, then joins the small files of partitions that have gathered many of them (`AUTOMATIC_FILES`). An import that is
 * committed does not fail because of that: what goes wrong there is said as advice.
 */
export async function importAndCompact(
  lake: LakeContext,
  source: string | readonly string[],
  given: ImportOptions,
  tuning: ImportTuning = {},
): Promise<ImportReport> {
  // What is no object is refused there.
  if (typeof given !== 'object' || given === null) return importLogs(lake, source, given)
  const { compact = true, ...options } = given
  if (typeof compact !== 'boolean') throw invalidOption('compact', 'must be true or false')
  const report = await importLogs(lake, source, options, tuning)
  if (!compact || report.dryRun || report.dataFilesWritten === 0) return report
  const advise = (message: string) => options.onProgress?.({ kind: 'advice', message })
  try {
    const { memoryBytes, signal } = options
    const { stores, failures } = await compactAfterImport(lake, report.store, {
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(signal === undefined ? {} : { signal }),
    })
    for (const { file, reason } of failures) advise(`${file} could not be compacted: ${reason}`)
    const { events } = stores[0]!
    if (events.filesAdded === 0) return report
    const compacted = { filesRemoved: events.filesRemoved, filesAdded: events.filesAdded }
    return { ...report, version: events.version, compacted }
  } catch (error) {
    advise(`small files were left as they are: ${error instanceof Error ? error.message : String(error)}`)
    return report
  }
}
