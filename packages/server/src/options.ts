import type { Credentials } from './auth/credentials.ts'
import type { Buckets } from './buckets.ts'
import type { ServerLimits } from './limits.ts'
import type { LogOptions } from './log.ts'
import type { Monitoring } from './metrics/monitoring.ts'
import type { QueryLimits } from './queries/query-service.ts'

/** How the endpoint behaves; everything has a default. */
export interface AppOptions {
  /** Who may call. Without: everybody who reaches the loopback address. */
  readonly credentials?: Credentials
  /** Folders and places in S3 that requests may import from and deliver into, by bucket name. Default: none. */
  readonly buckets?: Buckets
  /** PEM file of the RSA key that signs delivered answers; made when it is not there. Default: a new key for each process. */
  readonly signingKey?: string
  readonly queries?: QueryLimits
  readonly limits?: ServerLimits
  /** What metrics are measured against; given, they are written down every minute for `traillake.metrics`. */
  readonly monitoring?: Monitoring
  /** Records every call in the store `traillake-audit`. Default: no. */
  readonly audit?: boolean
  /** Stores that `CreateEventDataStore` allows in the lake; default 10, as CloudTrail has it. */
  readonly maxEventDataStores?: number
  /** Days that `LookupEvents` looks back; default 90, as CloudTrail has it. */
  readonly lookupDays?: number | 'all'
  /** Certificate and key, PEM. Default: plain HTTP. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array }
  /** Where traces go. Default: none are made. */
  readonly tracing?: TracingOptions
  /** Default: no log. */
  readonly log?: LogOptions
  /** How long answers and running queries may go on when the server closes; default 10 s. */
  readonly drainMs?: number
  /** The clock; default: the machine's. */
  readonly now?: () => Date
  /** How long others wait for a silent server, and how often this one speaks; default 30 s and 10 s. */
  readonly lease?: { readonly leaseMs?: number; readonly renewMs?: number }
}

export interface TracingOptions {
  /** The base address of a collector that takes OTLP over HTTP: `http://localhost:4318`. */
  readonly endpoint: string
  /** Tells the texts of queries too, with the literals in them. Default: no. */
  readonly statements?: boolean
}
