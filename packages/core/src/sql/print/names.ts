import type * as ast from '../ast.ts'
import { isReserved } from '../keywords.ts'

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/
const store = /^(?:\$[A-Za-z_][A-Za-z0-9_]*|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$/

/** A name, in quotes where it had some or needs some. */
export function nameText({ value, quoted }: { readonly value: string; readonly quoted: boolean }): string {
  return !quoted && (store.test(value) || (plain.test(value) && !isReserved(value))) ? value : quoteName(value)
}

export function quoteName(value: string): string {
  return `"${value.replaceAll('"', '""')}"`
}

export function qualifiedText({ parts }: ast.QualifiedName): string {
  return parts.map(nameText).join('.')
}

/** `(a, b)`, after something else. */
export function columnsText(columns: readonly ast.Name[] | undefined): string {
  return columns ? `(${columns.map(nameText).join(', ')})` : ''
}

export function quoteString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/**
 * Writes the quantifier of a list. ALL, which is what no word means, is written only before a list that starts with a
 * name `all`, which would be taken for it.
 */
export function quantified(distinct: boolean, text: string): string {
  if (distinct) return `DISTINCT ${text}`
  return /^all\b/i.test(text) ? `ALL ${text}` : text
}
