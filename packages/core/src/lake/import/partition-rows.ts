import type { PartitionValues } from '../../table/index.ts'
import type { PartitionLayout } from '../types.ts'
import { accountPartition, datePartition, regionPartition } from './identity.ts'
import type { Rows } from './rows.ts'

export interface PartitionRows {
  readonly values: PartitionValues
  /** By account, region and time; equal ones as they came. */
  readonly rows: readonly number[]
}

interface Group {
  readonly account: string | null
  readonly region: string | null
  readonly day: string
  readonly rows: number[]
}

/** Splits some rows into the partitions of a store and puts each into its order. Partitions come in order of their values. */
export function partitionRows(rows: Rows, some: readonly number[], layout: PartitionLayout): readonly PartitionRows[] {
  const groups = new Map<string, Group>()
  let last: Group | undefined
  let [lastPlace, lastDay] = [-1, Number.NaN]
  for (const row of some) {
    const place = rows.placeNumber(row)
    const day = rows.dayNumber(row)
    // Records of one account, region and day lie together in their files.
    if (!last || place !== lastPlace || day !== lastDay) {
      last = groupOf(groups, rows, row)
      lastPlace = place
      lastDay = day
    }
    last.rows.push(row)
  }
  const partitions = new Map<string, { values: PartitionValues; rows: number[] }>()
  for (const [, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // The sort is stable: events of one instant keep the order of their files.
    group.rows.sort((a, b) => rows.timeMs(a) - rows.timeMs(b))
    const values = partitionValues(group, layout)
    const key = JSON.stringify(values)
    const partition = partitions.get(key)
    if (!partition) partitions.set(key, { values, rows: group.rows })
    else for (const row of group.rows) partition.rows.push(row)
  }
  return [...partitions.values()]
}

function groupOf(groups: Map<string, Group>, rows: Rows, row: number): Group {
  const { account, region } = rows.place(row)
  const day = rows.day(row)
  const key = `${day}\n${account ?? '\u{10FFFF}'}\n${region ?? '\u{10FFFF}'}`
  const known = groups.get(key)
  if (known) return known
  const group: Group = { account, region, day, rows: [] }
  groups.set(key, group)
  return group
}

function partitionValues(group: Group, layout: PartitionLayout): PartitionValues {
  const date = datePartition(group.day)
  if (layout === 'date') return { date }
  return { account: accountPartition(group.account), region: regionPartition(group.region), date }
}
