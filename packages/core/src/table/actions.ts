import { TraillakeError } from '../errors/index.ts'
import { encodePath, partitionFolder } from './partition-path.ts'
import type { Action, AddFile, DataFile, Metadata, PartitionValues, Protocol, RemoveFile } from './types.ts'

const FEATURE = 'timestampNtz'

/** The protocol of every table we create: reader 3, writer 7, one feature. */
export const OUR_PROTOCOL: Protocol = {
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures: [FEATURE],
  writerFeatures: [FEATURE],
}

const READER_FEATURES: ReadonlySet<string> = new Set([FEATURE])
/** `domainMetadata` asks of a writer only that it keeps what it does not know, which `writeCheckpoint` does. */
const WRITER_FEATURES: ReadonlySet<string> = new Set([FEATURE, 'domainMetadata'])

/** Kinds of action that change nothing for us and have no place in a checkpoint. */
const IGNORED: ReadonlySet<string> = new Set(['cdc'])
const KNOWN: ReadonlySet<string> = new Set([
  'commitInfo',
  'protocol',
  'metaData',
  'add',
  'remove',
  'txn',
  'domainMetadata',
])

/**
 * Reads the lines of a commit. Kinds of action that we do not know are kept by name.
 *
 * Errors: TABLE_CORRUPT for what is no action, TABLE_FEATURE_UNSUPPORTED for a deletion vector or a path outside the table.
 */
export function parseActions(text: string, table: string, source: string): Action[] {
  const actions: Action[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (cause) {
      throw new TraillakeError('TABLE_CORRUPT', { table, reason: `${source} holds a line that is no JSON` }, { cause })
    }
    if (!isObject(value))
      throw new TraillakeError('TABLE_CORRUPT', { table, reason: `${source} holds a line that is no action` })
    for (const [name, member] of Object.entries(value)) {
      if (member === null || IGNORED.has(name)) continue
      actions.push(parseAction(name, member, table, source))
    }
  }
  return actions
}

/** Checks one action, `{ [name]: member }`, of a commit or a checkpoint. */
export function parseAction(name: string, member: unknown, table: string, source: string): Action {
  if (!KNOWN.has(name)) return { unknown: { name } }
  const bad = (what: string) => new TraillakeError('TABLE_CORRUPT', { table, reason: `${source}: ${name} ${what}` })
  if (!isObject(member)) throw bad('is no object')
  if (name === 'add' || name === 'remove') {
    if (typeof member.path !== 'string') throw bad('has no path')
    if (member.deletionVector !== undefined && member.deletionVector !== null) {
      throw new TraillakeError('TABLE_FEATURE_UNSUPPORTED', { table, feature: 'deletionVectors' })
    }
  }
  if (name === 'add' && (!Number.isSafeInteger(member.size) || !isObject(member.partitionValues)))
    throw bad('has no size or partition values')
  if (
    name === 'metaData' &&
    (typeof member.id !== 'string' ||
      typeof member.schemaString !== 'string' ||
      !Array.isArray(member.partitionColumns))
  ) {
    throw bad('has no id, schema or partition columns')
  }
  if (
    name === 'protocol' &&
    (!Number.isSafeInteger(member.minReaderVersion) || !Number.isSafeInteger(member.minWriterVersion))
  ) {
    throw bad('has no versions')
  }
  if (name === 'txn' && (typeof member.appId !== 'string' || !Number.isSafeInteger(member.version)))
    throw bad('has no application or version')
  return { [name]: member } as unknown as Action
}

/** The bytes of a commit: one action a line, every line ended. */
export function serializeActions(actions: readonly Action[]): string {
  return actions.map((action) => `${JSON.stringify(action)}\n`).join('')
}

/** Refuses a table that we could misread: TABLE_FEATURE_UNSUPPORTED. */
export function checkReadable(protocol: Protocol, metadata: Metadata, table: string): void {
  const refuse = (feature: string) => new TraillakeError('TABLE_FEATURE_UNSUPPORTED', { table, feature })
  const { minReaderVersion: reader, readerFeatures = [] } = protocol
  if (reader !== 1 && reader !== 3) throw refuse(reader === 2 ? 'columnMapping' : `reader version ${reader}`)
  for (const feature of readerFeatures ?? []) if (!READER_FEATURES.has(feature)) throw refuse(feature)
  const mapping = metadata.configuration?.['delta.columnMapping.mode'] ?? 'none'
  if (mapping !== 'none') throw refuse('columnMapping')
  if (metadata.format.provider !== 'parquet') throw refuse(`format ${metadata.format.provider}`)
}

/** Refuses to write a table whose rules we do not know: TABLE_FEATURE_UNSUPPORTED. */
export function checkWritable(protocol: Protocol, metadata: Metadata, table: string): void {
  checkReadable(protocol, metadata, table)
  const refuse = (feature: string) => new TraillakeError('TABLE_FEATURE_UNSUPPORTED', { table, feature })
  if (protocol.minWriterVersion !== 7) throw refuse(`writer version ${protocol.minWriterVersion}`)
  for (const feature of protocol.writerFeatures ?? []) if (!WRITER_FEATURES.has(feature)) throw refuse(feature)
}

/** What a new data file is called on disk, below the table's root: `<partition folder>part-<uuid>.parquet`. */
export function dataFileName(partitionColumns: readonly string[], values: PartitionValues, uuid: string): string {
  return `${partitionFolder(partitionColumns, values)}part-${uuid}.parquet`
}

/** The `add` of a data file that lies at `name` below the table's root. */
export function makeAdd(file: {
  readonly name: string
  readonly partitionValues: PartitionValues
  readonly size: number
  readonly modifiedMs: number
  readonly stats: string
  readonly dataChange: boolean
  readonly tags?: Readonly<Record<string, string>>
}): AddFile {
  return {
    path: encodePath(file.name),
    partitionValues: file.partitionValues,
    size: file.size,
    modificationTime: Math.trunc(file.modifiedMs),
    dataChange: file.dataChange,
    stats: file.stats,
    ...(file.tags ? { tags: file.tags } : {}),
  }
}

/** The `remove` of a live file. */
export function makeRemove(
  file: DataFile,
  options: { readonly deletionTimestampMs: number; readonly dataChange: boolean },
): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp: Math.trunc(options.deletionTimestampMs),
    dataChange: options.dataChange,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
