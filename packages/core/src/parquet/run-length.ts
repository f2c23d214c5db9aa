/** How many bits hold numbers from 0 to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max)
}

/** As many bytes as `packNumbers` leaves at most. */
export function packedBound(count: number, width: number): number {
  return Math.ceil(count / 8) * (width + 1) + 16
}

/** Shorter runs are packed among their neighbours. */
const LEAST_RUN = 8

/**
 * Writes numbers in Parquet's hybrid of run lengths and bit packing.
 *
 * @param values whole numbers; those from `from` to before `end` are written
 * @param width bits of a number, up to 24
 * @returns where the bytes end
 */
export function packNumbers(
  values: Int32Array,
  from: number,
  end: number,
  width: number,
  to: Uint8Array,
  start: number,
): number {
  let at = start
  let i = from
  while (i < end) {
    const run = runLength(values, i, end)
    if (run >= LEAST_RUN || i + run === end) {
      at = packRun(values[i]!, run, width, to, at)
      i += run
      continue
    }
    // Packed numbers come in eights: only the last eight of all may be fewer.
    const packed = i
    do i += LEAST_RUN
    while (i < end && runLength(values, i, Math.min(end, i + LEAST_RUN)) < LEAST_RUN)
    const groups = (i - packed) / LEAST_RUN
    at = putVarint(to, at, groups * 2 + 1)
    at = packBits(values, packed, Math.min(i, end), groups * width, width, to, at)
  }
  return at
}

/** Writes the same number over and over. */
export function packRun(value: number, count: number, width: number, to: Uint8Array, start: number): number {
  let at = putVarint(to, start, count * 2)
  for (let bits = 0; bits < width; bits += 8) to[at++] = (value >>> bits) & 0xff
  return at
}

function runLength(values: Int32Array, from: number, end: number): number {
  const first = values[from]!
  let i = from + 1
  while (i < end && values[i] === first) i++
  return i - from
}

function putVarint(to: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  for (; rest >= 128; rest >>>= 7) to[at++] = (rest & 127) | 128
  to[at++] = rest
  return at
}

/** Packs numbers one after the other, the lowest bit first, and fills up to `length` bytes with zeroes. */
function packBits(
  values: Int32Array,
  from: number,
  end: number,
  length: number,
  width: number,
  to: Uint8Array,
  start: number,
): number {
  let at = start
  let held = 0
  let bits = 0
  for (let i = from; i < end; i++) {
    held |= values[i]! << bits
    bits += width
    for (; bits >= 8; bits -= 8) {
      to[at++] = held & 0xff
      held >>>= 8
    }
  }
  if (bits > 0) to[at++] = held & 0xff
  const stop = start + length
  while (at < stop) to[at++] = 0
  return stop
}
