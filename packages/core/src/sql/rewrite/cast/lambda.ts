import { freshName } from '../../emit/text.ts'

/** A lambda of one argument whose name is not used inside. Equal bodies give equal text. */
export function lambda(body: (name: string) => string): string {
  const name = freshName(body('"$"'))
  return `lambda ${name}: ${body(name)}`
}
