import type { ImportProgress } from '@traillake/core'
import { type ImportStatistics, NOTHING_YET } from './import-record.ts'

/** What an import has done so far, from what it tells on the way. */
export interface Tally {
  readonly statistics: ImportStatistics
  see(progress: ImportProgress): void
}

export function createTally(): Tally {
  let statistics = NOTHING_YET
  let known = 0
  let unreadable = 0
  return {
    get statistics() {
      return statistics
    },
    see(progress) {
      if (progress.kind === 'file-failed') unreadable += 1
      else if (progress.kind === 'discovered') {
        known = progress.alreadyImported
        const { files: filesFound, folders: prefixesFound } = progress
        statistics = { ...statistics, prefixesFound, filesFound, files: known }
      } else if (progress.kind === 'progress') {
        const { filesDone, foldersDone, kept, duplicate, quarantined } = progress
        statistics = {
          ...statistics,
          prefixesCompleted: foldersDone,
          files: known + filesDone - unreadable,
          events: kept + duplicate,
          failed: unreadable + quarantined,
        }
      }
    },
  }
}
