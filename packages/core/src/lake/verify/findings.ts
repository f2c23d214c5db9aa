import type { Finding, FindingCode } from './types.ts'

/** Collects findings: counts all, keeps the first of each severity. */
export interface Findings {
  error(code: FindingCode, place: string, message: string, hint: string): void
  warning(code: FindingCode, place: string, message: string, hint: string): void
  readonly errors: number
  readonly warnings: number
  /** Errors first. */
  list(): readonly Finding[]
}

export function createFindings(limit: number): Findings {
  const kept: Record<Finding['severity'], Finding[]> = { error: [], warning: [] }
  const counts = { error: 0, warning: 0 }
  const add = (severity: Finding['severity'], code: FindingCode, place: string, message: string, hint: string) => {
    counts[severity] += 1
    if (kept[severity].length < limit) kept[severity].push({ severity, code, place, message, hint })
  }
  return {
    error: (...args) => add('error', ...args),
    warning: (...args) => add('warning', ...args),
    get errors() {
      return counts.error
    },
    get warnings() {
      return counts.warning
    },
    list: () => [...kept.error, ...kept.warning].slice(0, limit),
  }
}

/** What to do about findings of one kind. */
export const HINTS = {
  restore: 'put the file back from a copy of the lake, or undo the imports of its events and import them again',
  reimport: 'undo the import of this raw file and import it again: traillake imports undo IMPORT',
  vacuum: 'traillake vacuum deletes what nothing names once it is old enough',
  log: 'put the log back from a copy of the lake; nothing was changed by looking',
  foreign: 'find out which other program wrote to the table: query traillake.commits',
  raw: 'compare it with the digest files that CloudTrail delivered',
  report: 'keep a copy of the lake and report this: traillake does not write such a state',
} as const
