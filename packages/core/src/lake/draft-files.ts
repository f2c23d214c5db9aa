import { LARGE_FILE_ROWS } from '../engine/write-parquet.ts'
import { type DataFile, fileStats } from '../table/index.ts'

const DRAFT = 'traillake.draft'

/** Of the `add` of a file that an import wrote quickly: without Bloom filters on distinct ids. Other readers pass over it. */
export const DRAFT_TAGS: Readonly<Record<string, string>> = { [DRAFT]: 'true' }

/** Is a file worth writing again by itself, for its filters? */
export function isLargeDraft(file: DataFile): boolean {
  return file.tags?.[DRAFT] === 'true' && (fileStats(file).numRecords ?? 0) >= LARGE_FILE_ROWS
}
