import type { Identities } from './identities.ts'
import { Fate, type Rows } from './rows.ts'

/**
 * In the place of a digest: the holder is a copy in another form (an answer of LookupEvents, an envelope), which never is the
 * same bytes. Whatever the record says, it is the same event.
 */
export const ANY_CONTENT = '*'

/** By the first row of an identity in a batch: digests of what holds that identity already, stored or kept by an earlier batch. */
export type KnownContents = ReadonlyMap<number, ReadonlySet<string>>

/**
 * Settles the fate of every row whose identity is held already: `duplicate` where the holder has the same content, else
 * `conflicting`.
 *
 * Rows that were judged against the first of their identity in the batch are judged anew: the first is not what stays.
 */
export function judgeAgainst(known: KnownContents, identities: Identities): void {
  if (known.size === 0) return
  const { rows } = identities
  for (const [row, contents] of known) rows.setFate(row, fateOf(rows, row, contents))
  for (const row of identities.repeats) {
    const contents = known.get(identities.firstOf(row)!)
    if (contents) rows.setFate(row, fateOf(rows, row, contents))
  }
}

function fateOf(rows: Rows, row: number, contents: ReadonlySet<string>): Fate {
  const isCopied = rows.file(row).form !== undefined || contents.has(ANY_CONTENT)
  return isCopied || contents.has(rows.digest(row)) ? Fate.duplicate : Fate.conflicting
}
