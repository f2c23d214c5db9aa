import { digestOf } from './batch-scan.ts'
import type { Row } from './batch-state.ts'

/** By identity, digests of what holds it already: stored rows, or a row that an earlier batch keeps. */
export type KnownContents = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Settles the fate of every row whose identity is held already: `duplicate` where the holder has the same content, else
 * `conflicting`.
 *
 * Rows that were judged against the first of their identity in the batch are judged anew: the first is not what stays. An
 * identity whose first row is settled has its holder and is left alone.
 */
export function judgeAgainst(known: KnownContents, rows: readonly Row[]): void {
  if (known.size === 0) return
  const open = new Map<string, ReadonlySet<string>>()
  for (const { fate, identity } of rows) {
    if (fate !== 'kept' || identity === undefined) continue
    const contents = known.get(identity)
    if (contents) open.set(identity, contents)
  }
  for (const row of rows) {
    const contents = row.identity === undefined ? undefined : open.get(row.identity)
    if (contents) row.fate = contents.has(digestOf(row)) ? 'duplicate' : 'conflicting'
  }
}
