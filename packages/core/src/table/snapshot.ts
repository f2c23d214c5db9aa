import { TraillakeError } from '../errors/index.ts'
import { checkReadable } from './actions.ts'
import { decodePath, isAbsolutePath } from './partition-path.ts'
import type {
  Action,
  AddFile,
  Commit,
  DataFile,
  DomainMetadata,
  Metadata,
  Protocol,
  RemoveFile,
  Snapshot,
  Transaction,
} from './types.ts'

/** Where a table is: what keys are relative to, and what errors call it. */
export interface TablePlace {
  readonly root: string
  /** For people. */
  readonly label: string
}

/** A commit and when it was made, UTC milliseconds: by its own word, else by its file's time. */
export interface TimedCommit extends Commit {
  readonly timestampMs: number
}

/** A state under construction. */
export interface Draft {
  version: number
  timestampMs: number
  protocol: Protocol | undefined
  metadata: Metadata | undefined
  readonly files: Map<string, DataFile>
  readonly removed: Map<string, RemoveFile>
  readonly transactions: Map<string, Transaction>
  readonly domains: Map<string, DomainMetadata>
  readonly unknownActions: Set<string>
}

export function emptyDraft(): Draft {
  return {
    version: -1,
    timestampMs: 0,
    protocol: undefined,
    metadata: undefined,
    files: new Map(),
    removed: new Map(),
    transactions: new Map(),
    domains: new Map(),
    unknownActions: new Set(),
  }
}

/** A copy to go on from. */
export function draftOf(snapshot: Snapshot): Draft {
  return {
    version: snapshot.version,
    timestampMs: snapshot.timestampMs,
    protocol: snapshot.protocol,
    metadata: snapshot.metadata,
    files: new Map(snapshot.files),
    removed: new Map(snapshot.removed),
    transactions: new Map(snapshot.transactions),
    domains: new Map(snapshot.domains),
    unknownActions: new Set(snapshot.unknownActions),
  }
}

/** The state after more commits, which must follow without a gap. Uses the draft up. */
export function applyCommits(draft: Draft, commits: readonly TimedCommit[], place: TablePlace): Snapshot {
  for (const commit of commits) {
    if (commit.version !== draft.version + 1) {
      throw corrupt(place, `version ${commit.version} follows ${draft.version}`)
    }
    for (const action of commit.actions) applyAction(draft, action, place)
    draft.version = commit.version
    draft.timestampMs = commit.timestampMs
  }
  return freeze(draft, place)
}

function freeze(draft: Draft, place: TablePlace): Snapshot {
  const { protocol, metadata } = draft
  if (!protocol || !metadata) throw corrupt(place, `version ${draft.version} has no protocol or no metaData`)
  checkReadable(protocol, metadata, place.label)
  return Object.freeze({ ...draft, protocol, metadata })
}

export function applyAction(draft: Draft, action: Action, place: TablePlace): void {
  if ('add' in action) {
    const file = dataFileOf(action.add, place)
    // Deleted first: a file added again moves to the end of the order.
    draft.files.delete(file.path)
    draft.files.set(file.path, file)
    draft.removed.delete(file.path)
  } else if ('remove' in action) {
    draft.files.delete(action.remove.path)
    draft.removed.set(action.remove.path, action.remove)
  } else if ('metaData' in action) draft.metadata = action.metaData
  else if ('protocol' in action) draft.protocol = action.protocol
  else if ('txn' in action) draft.transactions.set(action.txn.appId, action.txn)
  else if ('domainMetadata' in action) {
    if (action.domainMetadata.removed) draft.domains.delete(action.domainMetadata.domain)
    else draft.domains.set(action.domainMetadata.domain, action.domainMetadata)
  } else if ('unknown' in action) draft.unknownActions.add(action.unknown.name)
}

function dataFileOf(add: AddFile, place: TablePlace): DataFile {
  return {
    path: add.path,
    key: dataFileKey(add.path, place),
    partitionValues: add.partitionValues,
    size: add.size,
    modificationTime: add.modificationTime,
    ...(typeof add.stats === 'string' ? { stats: add.stats } : {}),
    ...(add.tags ? { tags: add.tags } : {}),
  }
}

/** The store's key for a `path` of the log. A path that leaves the table is refused. */
function dataFileKey(path: string, place: TablePlace): string {
  if (isAbsolutePath(path)) {
    throw new TraillakeError('TABLE_FEATURE_UNSUPPORTED', { table: place.label, feature: 'absolute path' })
  }
  let name: string
  try {
    name = decodePath(path)
  } catch (cause) {
    throw new TraillakeError(
      'TABLE_CORRUPT',
      { table: place.label, reason: `the path ${path} is no encoding` },
      { cause },
    )
  }
  if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw corrupt(place, `the path ${path} leaves the table`)
  }
  return place.root === '' ? name : `${place.root}/${name}`
}

export function corrupt(place: TablePlace, reason: string): TraillakeError {
  return new TraillakeError('TABLE_CORRUPT', { table: place.label, reason })
}
