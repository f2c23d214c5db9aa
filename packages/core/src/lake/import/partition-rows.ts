import type { PartitionValues } from '../../table/index.ts'
import type { PartitionLayout } from '../types.ts'
import type { Row } from './batch-state.ts'
import { accountPartition, datePartition, regionPartition } from './identity.ts'

export interface PartitionRows {
  readonly values: PartitionValues
  /** By account, region and time; equal ones as they came. */
  readonly rows: readonly Row[]
}

interface Group {
  readonly account: string | null
  readonly region: string | null
  readonly day: string
  readonly rows: Row[]
}

/** Splits rows into the partitions of a store and puts each into its order. Partitions come in order of their values. */
export function partitionRows(rows: readonly Row[], layout: PartitionLayout): readonly PartitionRows[] {
  const groups = new Map<string, Group>()
  let last: Group | undefined
  for (const row of rows) {
    const { account, region } = row.record
    // Records of one account, region and day lie together in their files.
    if (!last || account !== last.account || region !== last.region || row.day !== last.day) {
      const key = `${row.day}\n${account ?? '\u{10FFFF}'}\n${region ?? '\u{10FFFF}'}`
      last = groups.get(key)
      if (!last) {
        last = { account, region, day: row.day, rows: [] }
        groups.set(key, last)
      }
    }
    last.rows.push(row)
  }
  const partitions = new Map<string, { values: PartitionValues; rows: Row[] }>()
  for (const [, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // The sort is stable: events of one instant keep the order of their files.
    group.rows.sort((a, b) => a.record.eventTimeMs - b.record.eventTimeMs)
    const values = partitionValues(group, layout)
    const key = JSON.stringify(values)
    const partition = partitions.get(key)
    if (!partition) partitions.set(key, { values, rows: group.rows })
    else for (const row of group.rows) partition.rows.push(row)
  }
  return [...partitions.values()]
}

function partitionValues(group: Group, layout: PartitionLayout): PartitionValues {
  const date = datePartition(group.day)
  if (layout === 'date') return { date }
  return { account: accountPartition(group.account), region: regionPartition(group.region), date }
}
