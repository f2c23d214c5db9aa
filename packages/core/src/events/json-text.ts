/** A member of an object in compact JSON text: the decoded key and the source text of the value. */
export interface Member {
  readonly key: string
  readonly value: string
}

/** The members of an object in valid compact JSON text, in source order, repeated keys included. */
export function members(object: string): Member[] {
  const found: Member[] = []
  let p = 1
  while (object.charCodeAt(p) === 34) {
    const keyEnd = stringEnd(object, p)
    const end = valueEnd(object, keyEnd + 1)
    found.push({ key: decodeString(object.slice(p, keyEnd)), value: object.slice(keyEnd + 1, end) })
    p = end + 1
  }
  return found
}

/** The source texts of the elements of an array in valid compact JSON text. */
export function elements(array: string): string[] {
  const found: string[] = []
  let p = 1
  while (p < array.length - 1) {
    const end = valueEnd(array, p)
    found.push(array.slice(p, end))
    p = end + 1
  }
  return found
}

export const isObject = (value: string): boolean => value.charCodeAt(0) === 123
export const isArray = (value: string): boolean => value.charCodeAt(0) === 91
export const isString = (value: string): boolean => value.charCodeAt(0) === 34
export const isNumber = (value: string): boolean => /^[-0-9]/.test(value)

/** The text that a JSON string stands for; an unpaired surrogate becomes U+FFFD. */
export function decodeString(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1)
  return (JSON.parse(token) as string).replace(/\p{Surrogate}/gu, '\ufffd')
}

function stringEnd(text: string, p: number): number {
  let at = p
  for (;;) {
    at = text.indexOf('"', at + 1)
    let first = at
    while (text.charCodeAt(first - 1) === 92) first--
    if ((at - first) % 2 === 0) return at + 1
  }
}

/** The position after the value at `p`; brackets are known to match, so counting them is enough. */
function valueEnd(text: string, p: number): number {
  let at = p
  let depth = 0
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit === 34) at = stringEnd(text, at)
    else {
      if (unit === 123 || unit === 91) depth++
      else if (unit === 125 || unit === 93) {
        if (depth === 0) return at
        depth--
      } else if (unit === 44 && depth === 0) return at
      at++
    }
    if (depth === 0 && (unit === 34 || unit === 125 || unit === 93)) return at
  }
  return at
}
