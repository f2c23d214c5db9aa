import { createHash } from 'node:crypto'

/** Works out the digest of rows as they come. */
export interface RowDigest {
  add(rows: readonly (readonly unknown[])[]): void
  /** `rows:` or `sorted:`, and 64 hexadecimal digits. */
  value(): string
}

/**
 * The digest of a result: equal for the same rows in an order that the query may as well have given, and for nothing else.
 *
 * Each row's JSON in the canonical form (doubles at twelve digits, so that the order of a sum does not count) is hashed with SHA-256, as
 * eight numbers of 32 bits; those of rows whose order is free are added up, each of the eight by itself, and hashed with the number of rows.
 *
 * @param sortedBy the columns that ORDER BY sorts by, the first one first: the order of rows that differ in these counts. None: no order does.
 */
export function createRowDigest(sortedBy: readonly number[] = []): RowDigest {
  const sorted = sortedBy.length > 0 ? createHash('sha256') : undefined
  let peers = createSum()
  let key: string | undefined
  return {
    add(rows) {
      for (const row of rows) {
        if (sorted) {
          const own = JSON.stringify(sortedBy.map((column) => row[column]))
          if (key !== undefined && own !== key) {
            sorted.update(peers.value())
            peers = createSum()
          }
          key = own
        }
        peers.add(row)
      }
    },
    value: () => (sorted ? `sorted:${sorted.copy().update(peers.value()).digest('hex')}` : `rows:${peers.value()}`),
  }
}

/** A digest of rows in any order. */
function createSum(): { add(row: readonly unknown[]): void; value(): string } {
  const sums = new Uint32Array(8)
  let count = 0
  return {
    add(row) {
      const hash = createHash('sha256').update(JSON.stringify(row)).digest()
      for (let i = 0; i < 8; i++) sums[i] = sums[i]! + hash.readUInt32BE(i * 4)
      count += 1
    },
    value() {
      const words = [...sums].map((sum) => sum.toString(16).padStart(8, '0')).join('')
      return createHash('sha256').update(`${count}\n${words}`).digest('hex')
    },
  }
}
