import type * as ast from './ast.ts'
import { expressionTexts, looseness } from './print/expressions.ts'
import type { Printer } from './print/printer.ts'
import { bodyText, itemsText, queryText } from './print/queries.ts'
import { relationText } from './print/relations.ts'

export interface PrintOptions {
  /**
   * `needed` writes the brackets of the tree, and others only where the tree would be read differently without them;
   * `all` puts brackets around every operator.
   */
  readonly brackets?: 'needed' | 'all'
}

/** Writes a query as Trino reads it, on one line; parsing the text gives the same tree again, places aside. */
export function printQuery(query: ast.Query, options: PrintOptions = {}): string {
  return printer(options).query(query)
}

/** Writes an expression, as `printQuery` does a query. */
export function printExpression(expression: ast.Expression, options: PrintOptions = {}): string {
  return printer(options).expression(expression)
}

function printer({ brackets = 'needed' }: PrintOptions): Printer {
  const self: Printer = {
    expression(node, min = 0) {
      const text = (expressionTexts[node.kind] as (node: ast.Expression, p: Printer) => string)(node, self)
      const level = looseness(node)
      const bracketed = level.loose < min || (brackets === 'all' && level.operator)
      return bracketed ? `(${text})` : text
    },
    query: (node) => queryText(node, self),
    body: (node) => bodyText(node, self),
    items: (node) => itemsText(node, self),
    relation: (node) => relationText(node, self),
  }
  return self
}
