import type { Lake } from '@traillake/core'
import type { AuditLog } from './audit/audit-log.ts'
import type { Buckets } from './buckets.ts'
import type { StoreHistory } from './history/store-history.ts'
import type { ImportService } from './imports/import-service.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { RequestMetrics } from './metrics/registry.ts'
import type { QueryService } from './queries/query-service.ts'
import type { Signer } from './queries/signing-key.ts'
import type { Tracing } from './tracing/span.ts'

/** What requests are answered with. */
export interface ServerContext {
  readonly lake: Lake
  readonly now: () => Date
  readonly queries: QueryService
  /** What LookupEvents reads. */
  readonly history: StoreHistory
  readonly imports: ImportService
  readonly signer: Signer
  readonly buckets: Buckets
  /** Where every call is recorded. */
  readonly audit: AuditLog
  readonly requests: RequestMetrics
  readonly tracing: Tracing
  readonly metrics: Metrics
  /** Event data stores that `CreateEventDataStore` allows in the lake. */
  readonly maxEventDataStores: number
  /** How long a reader may take nothing of an answer that is ready. */
  readonly stalledMs: number
  /** Days that LookupEvents looks back; undefined: all there is. */
  readonly lookupDays: number | undefined
  /** Aborted once the time is up that a closing server gives to answers under way. */
  readonly timeUp: AbortSignal
}
