import { randomUUID } from 'node:crypto'
import { isTraillakeError, TraillakeError } from '../errors/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** The newest lake format that this release reads and writes. */
export const LAKE_FORMAT_VERSION = 1
const LAKE_FILE_KEY = 'traillake.json'

/** `traillake.json`: what makes a folder a lake. Written once, never changed. */
export interface LakeFile {
  readonly formatVersion: number
  /** Lower-case UUID. */
  readonly lakeId: string
  /** `aws`, `aws-cn`, `aws-us-gov`: the part of ARNs that says which AWS it is. */
  readonly partition: string
  /** The account that ARNs of event data stores name. */
  readonly accountId: string
  readonly region: string
  readonly createdAt: string
}

export interface CreateLakeOptions {
  /** Twelve digits; default 000000000000. */
  readonly accountId?: string
  /** Default us-east-1. */
  readonly region?: string
}

export interface OpenLakeFileOptions extends CreateLakeOptions {
  /** Makes the lake when there is none. */
  readonly create?: boolean
  readonly readOnly?: boolean
}

/**
 * Reads `traillake.json`, or writes it where `create` allows.
 *
 * Errors: LAKE_NOT_FOUND, LAKE_FORMAT_NEWER, UNSUPPORTED_STORAGE when a new lake could not be kept there, INVALID_OPTION,
 * LAKE_READ_ONLY for `create` together with `readOnly`.
 */
export async function openLakeFile(storage: ObjectStore, options: OpenLakeFileOptions = {}): Promise<LakeFile> {
  const found = await readLakeFile(storage)
  if (found) return found
  if (!options.create) {
    throw new TraillakeError(
      'LAKE_NOT_FOUND',
      { location: storage.location },
      { hint: 'pass { create: true } to make one' },
    )
  }
  if (options.readOnly) throw new TraillakeError('LAKE_READ_ONLY', { operation: 'create a lake' })
  const file = newLakeFile(options)
  await storage.probe()
  await storage.putIfAbsent(LAKE_FILE_KEY, Buffer.from(`${JSON.stringify(file, null, 2)}\n`))
  // Whoever came first has made the lake; both go on with that one.
  const written = await readLakeFile(storage)
  if (!written) throw new TraillakeError('LAKE_NOT_FOUND', { location: storage.location })
  return written
}

async function readLakeFile(storage: ObjectStore): Promise<LakeFile | undefined> {
  const bytes = await storage.get(LAKE_FILE_KEY).catch((error: unknown) => {
    if (isTraillakeError(error, 'SOURCE_NOT_FOUND')) return undefined
    throw error
  })
  if (!bytes) return undefined
  const unusable = (reason: string, cause?: unknown) =>
    new TraillakeError('STORAGE_ERROR', { operation: 'read', key: LAKE_FILE_KEY, reason }, { cause })
  let value: Partial<LakeFile> | null
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw unusable('it is no JSON', cause)
  }
  const version = value?.formatVersion
  if (typeof version !== 'number') throw unusable('it names no format version')
  if (version > LAKE_FORMAT_VERSION) {
    throw new TraillakeError(
      'LAKE_FORMAT_NEWER',
      { location: storage.location, version, known: LAKE_FORMAT_VERSION },
      { hint: 'use a newer release of traillake' },
    )
  }
  const { lakeId, partition, accountId, region, createdAt } = value as Partial<LakeFile>
  if (!lakeId || !partition || !accountId || !region || !createdAt) throw unusable('members are missing')
  return { formatVersion: version, lakeId, partition, accountId, region, createdAt }
}

function newLakeFile({ accountId = '000000000000', region = 'us-east-1' }: CreateLakeOptions): LakeFile {
  if (!/^\d{12}$/.test(accountId)) {
    throw new TraillakeError('INVALID_OPTION', { option: 'accountId', reason: 'must be twelve digits' })
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) {
    throw new TraillakeError('INVALID_OPTION', { option: 'region', reason: 'must be a region such as us-east-1' })
  }
  return {
    formatVersion: LAKE_FORMAT_VERSION,
    lakeId: randomUUID(),
    partition: region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws',
    accountId,
    region,
    createdAt: new Date().toISOString(),
  }
}
