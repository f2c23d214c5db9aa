import { digestOf } from './batch-scan.ts'
import type { Fate, Row } from './batch-state.ts'

/**
 * In the place of a digest: the holder is a copy in another form (an answer of LookupEvents, an envelope), which never is the
 * same bytes. Whatever the record says, it is the same event.
 */
export const ANY_CONTENT = '*'

/** By the first row of an identity in a batch: digests of what holds that identity already, stored or kept by an earlier batch. */
export type KnownContents = ReadonlyMap<Row, ReadonlySet<string>>

/**
 * Settles the fate of every row whose identity is held already: `duplicate` where the holder has the same content, else
 * `conflicting`.
 *
 * Rows that were judged against the first of their identity in the batch are judged anew: the first is not what stays.
 *
 * @param repeats the rows of the batch that are not the first of their identity
 */
export function judgeAgainst(known: KnownContents, repeats: readonly Row[]): void {
  if (known.size === 0) return
  for (const [row, contents] of known) row.fate = fateOf(row, contents)
  for (const row of repeats) {
    const contents = known.get(row.first!)
    if (contents) row.fate = fateOf(row, contents)
  }
}

function fateOf(row: Row, contents: ReadonlySet<string>): Fate {
  const isCopied = row.file.form !== undefined || contents.has(ANY_CONTENT)
  return isCopied || contents.has(digestOf(row)) ? 'duplicate' : 'conflicting'
}
