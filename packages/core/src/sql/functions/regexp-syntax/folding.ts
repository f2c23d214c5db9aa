/** Characters that fold to a letter of ASCII. */
const SPECIAL: ReadonlyMap<number, readonly number[]> = new Map([
  [0x6b, [0x212a]],
  [0x4b, [0x212a]],
  [0x212a, [0x6b, 0x4b]],
  [0x73, [0x17f]],
  [0x53, [0x17f]],
  [0x17f, [0x73, 0x53]],
])

/** The other letter cases of a character, where they are single characters. */
export function caseVariants(c: number): readonly number[] {
  const text = String.fromCodePoint(c)
  return [
    ...(SPECIAL.get(c) ?? []),
    ...[text.toLowerCase(), text.toUpperCase()].filter((v) => [...v].length === 1).map((v) => v.codePointAt(0)!),
  ]
}
