import { HttpError } from './errors.ts'

/**
 * The media type that an Accept header likes best among those that are spoken; the first of them when anything will do.
 * Throws 406 when there is none.
 */
export function acceptedType<T extends string>(accept: string | undefined, spoken: readonly T[]): T {
  const wanted = (accept ?? '*/*')
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.trim().toLowerCase().split(';')
      const q = parameters.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find((value) => value !== undefined)
      return { type: type.trim(), q: q === undefined ? 1 : Number(q) }
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  for (const { type } of wanted) {
    const known = spoken.find(
      (name) => type === '*/*' || name === type || (type.endsWith('/*') && name.startsWith(type.slice(0, -1))),
    )
    if (known !== undefined) return known
  }
  throw new HttpError(406, 'NOT_ACCEPTABLE', `Accept must name one of ${spoken.join(', ')}`)
}

/** The type as it stands in the answer: texts name their encoding. */
export function contentType(mediaType: string): string {
  return mediaType === 'application/json' || mediaType === 'text/csv' ? `${mediaType}; charset=utf-8` : mediaType
}
