import type { TraillakeError } from '../errors/index.ts'
import type { PublicKey } from '../events/index.ts'
import type { LayoutName } from '../schema/layouts.ts'
import type { AdvancedEventSelector, BasicEventSelector } from '../schema/selectors.ts'
import type { S3Options } from '../storage/index.ts'

export type { AdvancedEventSelector, AdvancedFieldSelector, BasicEventSelector } from '../schema/selectors.ts'

/** Which folders a store's data files lie in: `account/region/date`, or `date` alone for many quiet accounts. Fixed at creation. */
export type PartitionLayout = 'account-region-date' | 'date'

/** An event data store: what a query names in FROM. */
export interface EventDataStore {
  /** Lower-case UUID. */
  readonly id: string
  readonly arn: string
  readonly name: string
  /** The column layout, chosen by the selectors' category. */
  readonly schema: LayoutName
  readonly layout: PartitionLayout
  /** Events older than this may be removed by `retain`; absent: kept for ever. */
  readonly retentionDays?: number
  readonly advancedEventSelectors: readonly AdvancedEventSelector[]
  readonly terminationProtected: boolean
  /** Set while the store waits for its deletion: until then it can be restored, not queried; then it is gone. */
  readonly deletedFrom?: Date
  /** True while delivery into the store is switched off. Imports work all the same. */
  readonly ingestionStopped?: boolean
  /** In the order in which they were set. A key may have no value. */
  readonly tags?: readonly StoreTag[]
  /** JSON text of a resource policy: who else may use the store. */
  readonly resourcePolicy?: string
  /** What CloudTrail keeps about a store and nothing here acts on. */
  readonly cloudTrail?: CloudTrailSettings
  /** The ARN that the store had in CloudTrail Lake: queries may name it by that, too. */
  readonly formerArn?: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface StoreTag {
  readonly key: string
  readonly value?: string
}

export interface CloudTrailSettings {
  readonly multiRegion?: boolean
  readonly organization?: boolean
  readonly billingMode?: string
  readonly kmsKeyId?: string
}

export interface CreateEventDataStoreOptions {
  /** Unique in the lake without regard to case: `^[A-Za-z0-9._-]{3,128}$`, not a UUID. */
  readonly name: string
  readonly retentionDays?: number
  readonly layout?: PartitionLayout
  /** Default: management, data and network activity events. */
  readonly advancedEventSelectors?: readonly AdvancedEventSelector[]
  readonly terminationProtected?: boolean
  readonly ingestionStopped?: boolean
  readonly tags?: readonly StoreTag[]
  readonly cloudTrail?: CloudTrailSettings
  /** JSON text of a resource policy: who else may use the store. */
  readonly resourcePolicy?: string
  /** Of a store that comes from CloudTrail Lake: it keeps the id at the ARN's end, and answers to this ARN as well as to its own. */
  readonly formerArn?: string
}

export interface UpdateEventDataStoreOptions
  extends Partial<
    Pick<
      CreateEventDataStoreOptions,
      | 'name'
      | 'retentionDays'
      | 'advancedEventSelectors'
      | 'terminationProtected'
      | 'ingestionStopped'
      | 'tags'
      | 'cloudTrail'
    >
  > {
  /** null takes the policy away. */
  readonly resourcePolicy?: string | null
  /** When the store will be gone; null restores it. */
  readonly deletedFrom?: Date | null
}

/** Changes, or what makes them of the newest state: asked again when another change came first. What it throws leaves the store as it is. */
export type EventDataStoreChange =
  | UpdateEventDataStoreOptions
  | ((current: EventDataStore) => UpdateEventDataStoreOptions)

export interface StoreDescription extends EventDataStore {
  readonly version: number
  readonly dataFiles: number
  readonly bytes: number
  readonly events: number
  readonly oldestEventTime: Date | undefined
  readonly newestEventTime: Date | undefined
  readonly sourceFiles: number
  readonly columns: readonly { readonly name: string; readonly type: string; readonly hidden: boolean }[]
}

/** Between which times all events of a store lie, epoch milliseconds: infinite where its log does not tell, the wrong way round without events. */
export interface EventTimes {
  /** Of the store; another one after each change of its events. */
  readonly version: number
  readonly fromMs: number
  /** Rounded down: the newest event is less than a millisecond later. */
  readonly toMs: number
}

/** `read = kept + duplicate + filtered + quarantined`, always; checked before every commit. */
export interface Counts {
  readonly read: number
  readonly kept: number
  readonly duplicate: number
  readonly filtered: number
  readonly quarantined: number
}

/** How answers of CloudTrail Lake queries (`result_1.csv.gz` and so on, with a sign file beside them) are verified. */
export interface QueryResultOptions {
  /** The keys that may have signed them. */
  readonly publicKeys?: readonly PublicKey[]
  /** Asked for the keys of a region and a time where `publicKeys` lacks the one. */
  readonly fetchPublicKeys?: (region: string, from: Date, to: Date) => Promise<readonly PublicKey[]>
  /** Takes them without a look at hashes and signatures. */
  readonly unverified?: boolean
}

export interface ImportOptions extends TrailFilter {
  /** Name, id or ARN of the event data store. An unknown name is created; an unknown id or ARN is an error. */
  readonly into: string
  /** Reads and counts, writes nothing. */
  readonly dryRun?: boolean
  /** For a store that `into` creates. */
  readonly layout?: PartitionLayout
  /**
   * Where a list lies of the files that are meant, no others: a text with a key, a path or an `s3://` URI a line, or the `manifest.json` of an
   * S3 Inventory. The sources are not looked through.
   */
  readonly keys?: string
  /** How to reach sources in S3; default: as the lake. */
  readonly s3?: S3Options
  /**
   * Of folders that an earlier import read to their end, only files are listed that came after its last one, or up to so many hours
   * before it; default 48. Infinity lists everything again. For sources in S3.
   */
  readonly lookBackHours?: number
  /** Basic event selectors of a trail, applied besides the store's own. */
  readonly eventSelectors?: readonly BasicEventSelector[]
  /** Without keys query results are refused. */
  readonly queryResults?: QueryResultOptions
  readonly onProgress?: (progress: ImportProgress) => void
  /** Stops after what is under way; what was committed stays. */
  readonly signal?: AbortSignal
  /** Bytes for the whole import; default 1 GB. */
  readonly memoryBytes?: number
  /** Default: one a core, as far as memory allows. */
  readonly workers?: number
  /** False leaves small data files as they are; by default partitions with 8 of them or more are compacted in the end. */
  readonly compact?: boolean
}

export interface WatchOptions extends Omit<ImportOptions, 'dryRun' | 'keys'> {
  /** Between the end of one look and the next; default 30 seconds. */
  readonly intervalMs?: number
  /**
   * The URL of an SQS queue that gets the notifications of new objects from S3, directly, by SNS or by EventBridge: they are waited for, and the sources,
   * in S3, are not looked through. A message is deleted once what it names is committed.
   */
  readonly queue?: string
  /** Told after each look. */
  readonly onRound?: (round: WatchRound) => void
}

/** One look at the sources; empty while there are no files at all. */
export interface WatchRound {
  readonly report?: ImportReport
  /** Of a queue: what came of the messages of this look. */
  readonly messages?: { readonly received: number; readonly deleted: number; readonly left: readonly LeftMessage[] }
  /** What only the outside can mend; it is tried again, after a longer while each time. */
  readonly error?: TraillakeError
}

/** A message that is still in its queue: it comes again, until the queue moves it elsewhere or somebody deletes it. */
export interface LeftMessage {
  readonly id: string
  readonly reason: string
}

export type ImportProgress =
  | { readonly kind: 'store-created'; readonly store: EventDataStore }
  /** `folders`: those that files to be read lie in. */
  | {
      readonly kind: 'discovered'
      readonly files: number
      readonly bytes: number
      readonly alreadyImported: number
      readonly folders: number
    }
  | ({
      readonly kind: 'progress'
      readonly filesDone: number
      readonly bytesDone: number
      readonly foldersDone: number
    } & Counts)
  | { readonly kind: 'committed'; readonly version: number }
  | { readonly kind: 'file-failed'; readonly source: string; readonly code: string; readonly reason: string }
  | { readonly kind: 'advice'; readonly message: string }

/** Which of a trail's files are meant, by what their keys tell. Absent members do not limit; files whose keys do not tell are not meant. */
export interface TrailFilter {
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  /**
   * Only files delivered on this UTC day, `2024-05-01`, or later; or from a moment on, `2024-05-01T12:00:00Z`, by the minute that their
   * names tell. Their events may be older.
   */
  readonly from?: string
  /** Only files delivered on this UTC day or earlier; or up to a moment. */
  readonly to?: string
}

/** What an import from S3 would ask for and read. */
export interface ImportPlan {
  readonly files: number
  readonly bytes: number
  /** Accounts, regions and days of delivery that the keys name. */
  readonly partitions: number
  /** Listings made, and reads of objects or parts of them to be made. */
  readonly requests: { readonly list: number; readonly get: number }
}

/** A file that is not a log file of events: recognised, counted, not parsed. */
export interface SkippedFile {
  readonly source: string
  readonly kind: 'digest' | 'config' | 'aggregated' | 'query-result' | 'not-a-log-file' | 'empty'
}

export interface ImportReport extends Counts {
  readonly importId: string
  readonly store: EventDataStore
  readonly dryRun: boolean
  /** Of a dry run over S3, which lists and reads nothing: what would be read. All counts of records are then 0. */
  readonly planned?: ImportPlan
  /** How long the file that waited longest had been there when its events could be queried; absent when none was read. */
  readonly lagMs?: number
  /** Log files read, unreadable ones included. */
  readonly files: number
  /** Files the ledger knows already, by key, size and etag. */
  readonly filesAlreadyImported: number
  /** Of those, files that could not be read and have not changed since: `quarantine` lists them, and reads them again. */
  readonly filesFailedBefore: number
  /** Files that could not be read (each has a quarantine entry and is tried again when it changes). */
  readonly filesFailed: number
  readonly failures: readonly { readonly source: string; readonly code: string; readonly reason: string }[]
  readonly skipped: readonly SkippedFile[]
  readonly bytesRead: number
  readonly rawBytes: number
  readonly dataFilesWritten: number
  /** What the automatic compaction joined; absent when there was nothing to join. */
  readonly compacted?: { readonly filesRemoved: number; readonly filesAdded: number }
  /** The version of the events table after the last commit. */
  readonly version: number
  readonly elapsedMs: number
}
