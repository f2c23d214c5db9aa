import { isArchive } from '../../storage/index.ts'
import type { Table } from '../../table/index.ts'
import type { ImportOptions, SkippedFile } from '../types.ts'
import { isResultFile } from './query-results.ts'
import type { ReportBuilder } from './report.ts'
import type { ImportTarget } from './target.ts'

interface Finished {
  readonly target: ImportTarget
  readonly options: Pick<ImportOptions, 'onProgress'>
  readonly report: ReportBuilder
}

/** Checkpoints make the next opening quick; an import that is committed does not fail for want of one. */
export async function checkpoint({ target, options }: Finished): Promise<void> {
  for (const table of [target.events, target.sources] satisfies Table[]) {
    try {
      await table.checkpointIfDue()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      options.onProgress?.({ kind: 'advice', message: `no checkpoint of ${table.root} could be written: ${reason}` })
    }
  }
}

/** Says what an archive holds that is read outside of it alone. */
export function adviseToUnpack(skipped: readonly SkippedFile[], { onProgress }: Finished['options']): void {
  const count = skipped.filter(({ source }) => isArchive(source) || isResultFile(source)).length
  if (count === 0) return
  onProgress?.({
    kind: 'advice',
    message: `archives and query results inside archives are not read (${count} here): unpack them to import them`,
  })
}

/** Fewer events a file than this, in many files, make queries slow for no gain. */
const TINY_ROWS = 500
const MANY_FILES = 100

/** Says what would make queries quicker. */
export function giveAdvice({ target, options, report }: Finished): void {
  const { dataFiles, counts } = report
  if (target.store.layout === 'date' || dataFiles < MANY_FILES || counts.kept / dataFiles >= TINY_ROWS) return
  options.onProgress?.({
    kind: 'advice',
    message:
      `${dataFiles} data files hold ${Math.round(counts.kept / dataFiles)} events each: ` +
      `for many quiet accounts a store with layout 'date' is quicker to query`,
  })
}
