/** A member beyond this is not unpacked: no log file is as large. */
export const MAX_MEMBER_BYTES = 4 * 1024 ** 3
/** An archive with more members is read so far. */
export const MAX_MEMBERS = 1_000_000
/** Logs shrink to a tenth or a thirtieth. What unpacks to so many times its size, beyond `FREE_BYTES`, was made to fill disks. */
const MAX_RATIO = 200
const FREE_BYTES = 64 * 1024 ** 2

export const BOMB = `it unpacks to more than ${MAX_RATIO} times its size`
export const TOO_MANY = `it has more than ${MAX_MEMBERS} members`

/** Is an archive of `packed` bytes that unpacks to so many made to do harm? */
export function isBomb(unpacked: number, packed: number): boolean {
  return unpacked > packed * MAX_RATIO + FREE_BYTES
}

/** Makes names unlike each other: of equal ones the second is `(2)/name`, whose ending says what it is as before. */
export function createNames(): (name: string) => string {
  /** How many of a name there are. */
  const counts = new Map<string, number>()
  return (name) => {
    let count = counts.get(name) ?? 0
    let unlike = name
    while (counts.has(unlike)) unlike = `(${++count})/${name}`
    counts.set(name, Math.max(count, 1))
    if (unlike !== name) counts.set(unlike, 1)
    return unlike
  }
}
