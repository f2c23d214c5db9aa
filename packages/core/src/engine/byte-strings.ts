/** Reads `length` bytes at the address stored in `holder` at `offset`. */
type ReadAt = (holder: ArrayBuffer, offset: number, length: number) => Uint8Array

const INLINE_MAX = 12
const PAGE_BITS = 12
const PAGE = 1 << PAGE_BITS
/** Copying shorter runs byte by byte is quicker than a view and `set`. */
const LOOP_MAX = 48

/**
 * Copies the strings of a vector out, one after the other.
 *
 * The engine holds a string in 16 bytes: the length, then either up to 12 bytes of text, or 4 bytes and an address. One call
 * into the engine for each address would cost more than everything else, so the memory pages that the strings lie on are
 * found first and each run of neighbouring pages is mapped once. A page with a string on it is mapped whole, so nothing
 * outside the process's memory is touched.
 *
 * @param data 16 bytes a string; the entry of a NULL is not looked at
 */
export function readByteStrings(
  data: Uint8Array,
  length: number,
  validity: Uint8Array | undefined,
  readAt: ReadAt,
): { offsets: Int32Array; values: Uint8Array } {
  const words = new Uint32Array(data.buffer, data.byteOffset, length * 4)
  const offsets = new Int32Array(length + 1)
  const pages = new Set<number>()
  let lastPage = -1
  for (let i = 0; i < length; i++) {
    const at = offsets[i] as number
    if (validity !== undefined && ((validity[i >> 3] as number) & (1 << (i & 7))) === 0) {
      offsets[i + 1] = at
      continue
    }
    const size = words[i * 4] as number
    offsets[i + 1] = at + size
    if (size <= INLINE_MAX) continue
    const address = addressAt(words, i)
    const first = pageOf(address)
    const last = pageOf(address + size - 1)
    for (let page = first === lastPage ? first + 1 : first; page <= last; page++) pages.add(page)
    lastPage = last
  }
  const runs = mapRuns(pages, readAt)
  const values = new Uint8Array(offsets[length] as number)
  let run = runs[0]
  for (let i = 0; i < length; i++) {
    const at = offsets[i] as number
    const size = (offsets[i + 1] as number) - at
    if (size === 0) continue
    if (size <= INLINE_MAX) {
      const from = i * 16 + 4
      for (let k = 0; k < size; k++) values[at + k] = data[from + k] as number
      continue
    }
    const address = addressAt(words, i)
    if (run === undefined || address < run.start || address >= run.end) run = findRun(runs, address)
    const from = address - run.start
    if (size <= LOOP_MAX) for (let k = 0; k < size; k++) values[at + k] = run.bytes[from + k] as number
    else values.set(run.bytes.subarray(from, from + size), at)
  }
  return { offsets, values }
}

interface Run {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/** Addresses use 48 bits, so a number holds one exactly. */
function addressAt(words: Uint32Array, i: number): number {
  return (words[i * 4 + 3] as number) * 0x1_0000_0000 + (words[i * 4 + 2] as number)
}

function pageOf(address: number): number {
  return Math.floor(address / PAGE)
}

function mapRuns(pages: ReadonlySet<number>, readAt: ReadAt): readonly Run[] {
  if (pages.size === 0) return []
  const sorted = Float64Array.from(pages).sort()
  const holder = new BigUint64Array(1)
  const runs: Run[] = []
  for (let first = 0; first < sorted.length; ) {
    let last = first
    while (last + 1 < sorted.length && sorted[last + 1] === (sorted[last] as number) + 1) last++
    const start = (sorted[first] as number) * PAGE
    const end = ((sorted[last] as number) + 1) * PAGE
    holder[0] = BigInt(start)
    runs.push({ start, end, bytes: readAt(holder.buffer, 0, end - start) })
    first = last + 1
  }
  return runs
}

function findRun(runs: readonly Run[], address: number): Run {
  let low = 0
  let high = runs.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((runs[middle] as Run).start <= address) low = middle
    else high = middle - 1
  }
  return runs[low] as Run
}
