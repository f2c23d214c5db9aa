import type * as ast from '../../ast.ts'
import { isReserved } from '../../keywords.ts'
import { quoteName } from '../../print/names.ts'

/** A name as Trino takes it: stores' ids and placeholders, which only Lake takes bare, are quoted. */
export function trinoName({ value, quoted }: { readonly value: string; readonly quoted: boolean }): string {
  return !quoted && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) && !isReserved(value) ? value : quoteName(value)
}

/** A name of ours: quoted where it must be. */
export function columnName(name: string): string {
  return trinoName({ value: name, quoted: false })
}

/** The name of a relation for those who call it by its last part. */
export function relationName({ parts }: ast.QualifiedName): string {
  return trinoName(parts.at(-1)!)
}
