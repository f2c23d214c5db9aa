import { TraillakeError } from '../../errors/index.ts'

/**
 * Refuses a half of a surrogate pair wherever it stands. It is no character: on its way to an engine it would silently
 * become another one, and a comparison with it would be one with that.
 */
export function checkCharacters(text: string): void {
  const half = /\p{Surrogate}/u.exec(text)
  if (!half) return
  const code = half[0].charCodeAt(0).toString(16).toUpperCase()
  const message = `the text has half a surrogate pair, U+${code}, which is no character`
  throw new TraillakeError('SYNTAX_ERROR', { message }, { span: { start: half.index, end: half.index + 1 } })
}
