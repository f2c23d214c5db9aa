/** States of an import, as CloudTrail names them. */
export type ImportStatus = 'INITIALIZING' | 'IN_PROGRESS' | 'FAILED' | 'STOPPED' | 'COMPLETED'

/** An import that a server runs, as the lake remembers it; times are ISO texts. */
export interface ImportRecord {
  readonly id: string
  readonly store: { readonly id: string; readonly arn: string }
  /** As it was asked for. */
  readonly source: { readonly uri: string; readonly region: string; readonly role: string }
  readonly from?: string
  readonly to?: string
  readonly status: ImportStatus
  /** The server that runs it. */
  readonly server: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly statistics: ImportStatistics
  readonly failures: readonly ImportFailure[]
}

export interface ImportStatistics {
  /** Folders that hold files to be read. Absent until they are known. */
  readonly prefixesFound?: number
  readonly prefixesCompleted: number
  /** Absent until they are known. */
  readonly filesFound?: number
  /** Read, or known from an earlier import. */
  readonly files: number
  readonly events: number
  /** Files that could not be read, and records. */
  readonly failed: number
}

export interface ImportFailure {
  readonly location: string
  readonly type: string
  readonly message: string
  readonly at: string
}

export const NOTHING_YET: ImportStatistics = { prefixesCompleted: 0, files: 0, events: 0, failed: 0 }

export function isImportOver({ status }: Pick<ImportRecord, 'status'>): boolean {
  return status === 'FAILED' || status === 'STOPPED' || status === 'COMPLETED'
}
