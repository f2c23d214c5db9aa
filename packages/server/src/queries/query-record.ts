/** States of a query, as CloudTrail names them. */
export type QueryStatus = 'QUEUED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT'

export type DeliveryStatus = 'PENDING' | 'SUCCESS' | 'FAILED' | 'FAILED_SIGNING_FILE' | 'CANCELLED'

/** Where the rows of a saved result are. */
export interface SavedRows {
  readonly columns: readonly string[]
  readonly rows: number
  /** Byte offsets in `rows.ndjson` of each 1,000th row, and the end. */
  readonly offsets: readonly number[]
}

/** A query as the lake remembers it; times are ISO texts. */
export interface QueryRecord {
  readonly id: string
  readonly statement: string
  /** The name of the saved query that it was, where it was one. */
  readonly alias?: string
  /** Ids of the event data stores that it reads; system tables as `traillake.<name>`. */
  readonly stores: readonly string[]
  readonly status: QueryStatus
  /** Who started it. */
  readonly caller: string
  /** The server that runs it. */
  readonly server: string
  readonly createdAt: string
  readonly finishedAt?: string
  readonly error?: string
  readonly statistics?: {
    readonly bytesScanned: number
    readonly eventsScanned: number
    /** Absent where it is not known. */
    readonly eventsMatched?: number
    readonly executionMs: number
  }
  readonly result?: SavedRows
  readonly delivery?: { readonly uri: string; readonly status: DeliveryStatus }
}

const terminal: ReadonlySet<QueryStatus> = new Set(['FINISHED', 'FAILED', 'CANCELLED', 'TIMED_OUT'])

export function isOver({ status }: Pick<QueryRecord, 'status'>): boolean {
  return terminal.has(status)
}
