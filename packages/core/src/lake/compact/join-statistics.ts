import type { ColumnStatistics, WrittenParquet } from '../../engine/write-parquet.ts'
import { type ColumnStats, parseTimestampStat } from '../../table/index.ts'

type Kind = ColumnStats['kind']

/** What is known of files written one after the other, as of one: only what is known of all of them. */
export function joinStatistics(
  parts: readonly WrittenParquet[],
  kinds: Readonly<Record<string, Kind>>,
): WrittenParquet {
  const columns = new Map<string, ColumnStatistics>()
  for (const [name, kind] of Object.entries(kinds)) {
    const found = parts.map((part) => part.columns.get(name))
    if (found.some((column) => column?.nullCount === undefined)) continue
    // A part that is NULL throughout has no bounds and needs none.
    const filled = found.filter((column, i) => column!.nullCount! < parts[i]!.rows)
    const min = bound(filled, 'min', kind)
    const max = bound(filled, 'max', kind)
    columns.set(name, {
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      nullCount: found.reduce((sum, column) => sum + column!.nullCount!, 0),
    })
  }
  return {
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    columns,
  }
}

function bound(
  columns: readonly (ColumnStatistics | undefined)[],
  side: 'min' | 'max',
  kind: Kind,
): string | undefined {
  const sign = side === 'min' ? 1 : -1
  let best: string | undefined
  for (const column of columns) {
    const text = column?.[side]
    if (text === undefined) return undefined
    if (best === undefined || compare(kind, text, best) * sign < 0) best = text
  }
  return best
}

/** Texts are in the order of their bytes, as the engine and every reader compare them. */
function compare(kind: Kind, a: string, b: string): number {
  if (kind === 'integer') return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0
  if (kind === 'timestamp') return (parseTimestampStat(a) ?? Number.NaN) - (parseTimestampStat(b) ?? Number.NaN)
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
