import type { Snapshot } from '../../table/index.ts'
import { neighbourFiles } from '../import/neighbours.ts'
import type { Neighbourhood, StagedFile, StoredFile } from '../import/protocol.ts'
import type { EntryWriter } from '../import/quarantine-writer.ts'
import type { AmendPlace, StagedRows } from '../imports/amend.ts'
import type { ImportSelectors, ImportSuccessors } from '../imports/import-selectors.ts'
import type { LedgerRow } from '../imports/ledger-rows.ts'
import type { RawFiles } from '../imports/raw-files.ts'
import { createLocalCopies } from '../local-file.ts'
import type { Counts } from '../types.ts'
import type { QuarantinedItem, QuarantineFilter } from './types.ts'

/** What both halves of a retry, that of files and that of records, work with. */
export interface RetryRun extends AmendPlace {
  /** Imports of files that are read in a state that no import saw. */
  readonly successors: ImportSuccessors
  readonly selectors: ImportSelectors
  /** Entries beyond this are not looked at. */
  readonly filter: Pick<QuarantineFilter, 'importId'>
  /** Is the item to be read again? */
  readonly isChosen: (item: QuarantinedItem) => boolean
  /** Takes the entries of every raw file of which something changes. */
  readonly writer: EntryWriter
  /** Its key below the store's folder. */
  readonly quarantinePath: string
  readonly raw: RawFiles
  readonly stored: StoredEvents
  /** Ids of source files of which the store holds copies in another form than that of trails. */
  readonly copies: ReadonlySet<string>
  readonly signal: AbortSignal
}

/** What the retry of some items of a store gives; files lie in the staging folder. */
export interface Retried extends Counts {
  readonly staged: readonly StagedRows[]
  /** Rows of the ledger that are to change, and rows that come new. */
  readonly changes: readonly { readonly old: LedgerRow | undefined; readonly next: LedgerRow }[]
  readonly released: number
  readonly unavailable: number
}

/** The data files that may hold an event already: those of the table, and those that this retry has written. */
export interface StoredEvents {
  at(places: readonly Neighbourhood[]): Promise<readonly StoredFile[]>
  add(staged: readonly StagedFile[]): void
}

export function storedFiles({
  lake,
  base,
}: {
  readonly lake: AmendPlace['lake']
  readonly base: Snapshot
}): StoredEvents {
  const copies = createLocalCopies(lake.storage, lake.engine.scratch)
  const written: StoredFile[] = []
  return {
    async at(places) {
      const files = neighbourFiles(base, places)
      const paths = await copies(files.map((file) => file.key))
      return [...files.map((file, i) => ({ path: paths[i]!, date: file.partitionValues.date ?? null })), ...written]
    },
    add(staged) {
      for (const file of staged) written.push({ path: file.path, date: file.partitionValues.date ?? null })
    },
  }
}
