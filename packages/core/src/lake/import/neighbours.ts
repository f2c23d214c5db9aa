import type { DataFile, Snapshot } from '../../table/index.ts'
import type { Neighbourhood } from './protocol.ts'

/** The data files that can hold rows of the same account and day: of any region, and of any account where files lie by day alone. */
export function neighbourFiles(snapshot: Snapshot, places: readonly Neighbourhood[]): readonly DataFile[] {
  if (places.length === 0 || snapshot.files.size === 0) return []
  const byAccount = snapshot.metadata.partitionColumns.includes('account')
  const keyOf = (account: string | null, date: string | null) => (byAccount ? `${date}\n${account}` : `${date}`)
  const wanted = new Set(places.map((place) => keyOf(place.account, place.date)))
  return [...snapshot.files.values()].filter(({ partitionValues: { account = null, date = null } }) =>
    wanted.has(keyOf(account, date)),
  )
}
