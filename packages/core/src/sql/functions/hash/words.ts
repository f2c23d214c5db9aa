export const MASK64 = (1n << 64n) - 1n

export const rotateLeft = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & MASK64

export function bigEndian(...words: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * words.length))
  for (const [i, word] of words.entries()) view.setBigUint64(8 * i, word)
  return new Uint8Array(view.buffer)
}

export function littleEndian(...words: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * words.length))
  for (const [i, word] of words.entries()) view.setBigUint64(8 * i, word, true)
  return new Uint8Array(view.buffer)
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
