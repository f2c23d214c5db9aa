/**
 * What a query's WHERE clause proves about the rows it can match, so that files without such rows are not read.
 *
 * Every member is a necessary condition: absent means unbounded. Times are UTC milliseconds, both ends inclusive.
 */
export interface ScanBounds {
  readonly minTimeMs?: number
  readonly maxTimeMs?: number
  /** Values of `recipientaccountid` that can match. A file whose account is NULL is kept unless `accountNotNull`. */
  readonly accounts?: ReadonlySet<string>
  readonly regions?: ReadonlySet<string>
  readonly eventIds?: ReadonlySet<string>
  readonly accessKeyIds?: ReadonlySet<string>
}

export const UNBOUNDED: ScanBounds = {}
