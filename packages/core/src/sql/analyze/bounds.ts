import type { Analysis } from './analysis.ts'
import type { AnalyzeOptions } from './state.ts'

/** Fills in what the WHERE clauses prove about the rows that each use of a table can need. */
export function deriveBounds(_analysis: Analysis, _options: AnalyzeOptions): void {}
