import type { ObjectInfo } from '../object-store.ts'

/** From here on the order of UTF-16 code units, which stores list by, is not that of UTF-8 bytes, which S3 lists by. */
const HIGH = /[\uD800-\uFFFF]/

/**
 * Puts keys in the order of UTF-8 bytes into that of code units. Only keys that share a beginning up to a high character are
 * held back for it.
 */
export async function* inCodeUnitOrder(infos: AsyncIterable<ObjectInfo>): AsyncGenerator<ObjectInfo> {
  let held: ObjectInfo[] = []
  let stem: string | undefined
  for await (const info of infos) {
    if (stem !== undefined && !info.key.startsWith(stem)) {
      yield* sorted(held)
      held = []
      stem = undefined
    }
    stem ??= highStem(info.key)
    if (stem === undefined) yield info
    else held.push(info)
  }
  yield* sorted(held)
}

function sorted(infos: readonly ObjectInfo[]): readonly ObjectInfo[] {
  return [...infos].sort((a, b) => (a.key < b.key ? -1 : 1))
}

function highStem(key: string): string | undefined {
  const at = key.search(HIGH)
  return at === -1 ? undefined : key.slice(0, at)
}

/** Where S3 must start so that no key is missed that comes after `key` in the order of code units. */
export function startAfter(key: string): string {
  return highStem(key) ?? key
}

/** S3 answers with coded keys on request: XML cannot hold every character of a key. */
export function decodeListed(text: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text
}
