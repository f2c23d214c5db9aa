/**
 * 53 bits of a text, as a number: enough to find candidates among millions; equality is decided by the text.
 *
 * `assembly/plain-reader.ts` has it, too.
 */
export function hashText(text: string): number {
  const bytes = Buffer.from(text)
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 2654435761)
    b = Math.imul(b ^ byte, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0)
}
