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
  /** True where no row without an account can match. */
  readonly accountNotNull?: boolean
  /** Values of `awsregion` that can match; as `accounts`. */
  readonly regions?: ReadonlySet<string>
  /** True where no row without a region can match. */
  readonly regionNotNull?: boolean
  readonly eventIds?: ReadonlySet<string>
  readonly accessKeyIds?: ReadonlySet<string>
  /** Every row has one of these event ids, or one of these access keys. */
  readonly needles?: { readonly eventIds: ReadonlySet<string>; readonly accessKeyIds: ReadonlySet<string> }
  /** No rows matter but the first ones in the order of time, those without a time last. Stands alone: every row counts. */
  readonly first?: { readonly rows: number; readonly descending: boolean }
}
