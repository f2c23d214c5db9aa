import type { Catalog } from '../sql/catalog.ts'
import { translate } from '../sql/translate.ts'
import type { TranslateOptions, Translation } from '../sql/translation.ts'

/** Translations that were made not long ago. */
export interface Translations {
  /** As `translate`; the same text over the same catalog is worked out once. */
  translate(text: string, options: TranslateOptions & { readonly catalog: Catalog }): Translation
}

const MOST = 500
/** Longer texts are rare, and keeping them costs more than it saves. */
const LONGEST = 20_000
/** Words that may mean the statement's instant: such a text means something else each time. */
const INSTANT = /\b(?:now|current_\w+|localtime\w*)\b/i

/** Keeps the newest translations, those asked for last the longest. */
export function createTranslations(): Translations {
  let of: Catalog | undefined
  const known = new Map<string, Translation>()
  return {
    translate(text, options) {
      const { catalog, placeholders, parameters, now } = options
      if (now !== undefined || text.length > LONGEST || INSTANT.test(text)) return translate(text, options)
      if (catalog !== of) known.clear()
      of = catalog
      const key = JSON.stringify([text, placeholders ?? null, parameters?.map(keyOf) ?? null])
      const found = known.get(key) ?? translate(text, options)
      known.delete(key)
      known.set(key, found)
      for (const oldest of known.keys()) {
        if (known.size <= MOST) break
        known.delete(oldest)
      }
      return found
    },
  }
}

/** 1, 1n, '1' and true are different parameters; JSON has no BigInt and no NaN. */
function keyOf(value: unknown): string {
  return `${typeof value} ${value}`
}
