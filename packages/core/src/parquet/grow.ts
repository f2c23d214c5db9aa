/** The same bytes where so many more fit behind the first `used`, else a copy of those with room for them. */
export function withRoom(bytes: Buffer<ArrayBuffer>, used: number, more: number): Buffer<ArrayBuffer> {
  if (used + more <= bytes.length) return bytes
  const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, used + more))
  bytes.copy(larger, 0, 0, used)
  return larger
}
