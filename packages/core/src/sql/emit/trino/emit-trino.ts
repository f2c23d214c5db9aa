import type { Analysis } from '../../analyze/analysis.ts'
import type { ParameterValue } from '../../analyze/state.ts'
import type { CatalogTable } from '../../catalog.ts'
import { looseness } from '../../print/expressions.ts'
import type { Printer } from '../../print/printer.ts'
import { queryText } from '../../print/queries.ts'
import { bodyTexts } from './bodies.ts'
import { explicitText, trinoTexts } from './expressions.ts'
import { itemsText } from './items.ts'
import { relationTexts } from './relations.ts'
import { usesOf } from './uses.ts'

export interface TrinoOptions {
  /** The statement's instant: now() and its kin are written as this. */
  readonly now: Date
  /** Values of `?`, in order. */
  readonly parameters: readonly ParameterValue[]
  /** The parts of the name that Trino knows a table by. */
  readonly table: (table: CatalogTable) => readonly string[]
}

/** What the writing of one query in Trino's words needs beside the printer. */
export interface TrinoEnvironment extends TrinoOptions {
  readonly analysis: Analysis
  readonly uses: ReturnType<typeof usesOf>
}

/** A printer of Trino's words for one query. */
export type TrinoPrinter = Printer & { readonly environment: TrinoEnvironment }

/**
 * An analyzed query in the words of Trino 476, which reads the tables as they lie in the lake.
 *
 * The text stays as near to Lake's as it can: names, labels and order of clauses are the author's. Every store becomes a derived table with
 * exactly Lake's columns in Lake's types, and what Lake forgives and Trino does not is written out.
 */
export function emitTrino(analysis: Analysis, options: TrinoOptions): string {
  const environment: TrinoEnvironment = { ...options, analysis, uses: usesOf(analysis) }
  const self: TrinoPrinter = {
    environment,
    expression(node, min = 0) {
      const explicit = explicitText(node, environment)
      if (explicit !== undefined) return explicit
      const text = (trinoTexts[node.kind] as (n: typeof node, p: TrinoPrinter) => string)(node, self)
      return looseness(node).loose < min ? `(${text})` : text
    },
    query: (node) => queryText(node, self),
    body: (node) => (bodyTexts[node.kind] as (n: typeof node, p: TrinoPrinter) => string)(node, self),
    items: (node) => itemsText(node, self),
    relation: (node) => (relationTexts[node.kind] as (n: typeof node, p: TrinoPrinter) => string)(node, self),
  }
  return self.query(analysis.query)
}
