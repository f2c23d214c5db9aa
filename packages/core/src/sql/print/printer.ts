import type * as ast from '../ast.ts'

/** What the printing of one kind of node needs of the others. */
export interface Printer {
  /** @param min the loosest operator that stands here without brackets: see `level`; by default any. */
  expression(node: ast.Expression, min?: number): string
  query(node: ast.Query): string
  /** A query without ORDER BY and LIMIT; a whole query stands in brackets. */
  body(node: ast.QueryBody): string
  /** What follows SELECT and its quantifier. */
  items(node: ast.QuerySpecification): string
  relation(node: ast.Relation): string
}

/** Joins the parts that are there by spaces. */
export function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part).join(' ')
}

/** Joins what items print as by commas. */
export function list<T>(items: readonly T[], print: (item: T) => string): string {
  return items.map((item) => print(item)).join(', ')
}
