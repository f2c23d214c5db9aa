import { RegexpError } from './syntax.ts'

/** A replacement taken apart: text, or the number of a group. */
export type ReplacementPart = string | number

/** Reads `$1`, `${name}` and `\x` of a replacement. @throws RegexpError with Trino's message */
export function parseReplacement(
  text: string,
  groups: number,
  names: ReadonlyMap<string, number>,
): readonly ReplacementPart[] {
  const parts: ReplacementPart[] = []
  const add = (part: ReplacementPart): void => {
    const last = parts.at(-1)
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part
    else parts.push(part)
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '\\') {
      if (i + 1 >= text.length) throw new RegexpError(`Illegal replacement sequence: ${text}`)
      add(text[++i]!)
    } else if (c === '$') {
      const rest = text.slice(i + 1)
      const named = /^\{([^}]*)\}/.exec(rest)
      if (named) {
        const index = names.get(named[1]!)
        if (index === undefined) throw new RegexpError(`Illegal replacement sequence: unknown group { ${named[1]} }`)
        add(index)
        i += named[0].length
        continue
      }
      const first = /^\d/.exec(rest)?.[0]
      if (first === undefined) throw new RegexpError(`Illegal replacement sequence: ${text}`)
      let index = Number(first)
      if (index > groups) throw new RegexpError(`Illegal replacement sequence: unknown group ${index}`)
      i += 1
      // More digits count as long as they name a group.
      while (i + 1 < text.length && /\d/.test(text[i + 1]!) && index * 10 + Number(text[i + 1]) <= groups)
        index = index * 10 + Number(text[++i])
      add(index)
    } else add(c)
  }
  return parts
}
