import { createHash } from 'node:crypto'

/** Works out the digest of rows as they come, in whatever order. */
export interface RowDigest {
  add(rows: readonly (readonly unknown[])[]): void
  /** `rows:` and 64 hexadecimal digits. */
  value(): string
}

/**
 * The digest of a result: equal for the same rows in another order, and for nothing else.
 *
 * Each row's JSON in the canonical form (doubles at twelve digits, so that the order of a sum does not count) is hashed with SHA-256, as
 * eight numbers of 32 bits; those of all rows are added up, each of the eight by itself, and hashed with the number of rows.
 */
export function createRowDigest(): RowDigest {
  const sums = new Uint32Array(8)
  let count = 0
  return {
    add(rows) {
      for (const row of rows) {
        const hash = createHash('sha256').update(JSON.stringify(row)).digest()
        for (let i = 0; i < 8; i++) sums[i] = sums[i]! + hash.readUInt32BE(i * 4)
        count += 1
      }
    },
    value() {
      const words = [...sums].map((sum) => sum.toString(16).padStart(8, '0')).join('')
      return `rows:${createHash('sha256').update(`${count}\n${words}`).digest('hex')}`
    },
  }
}
