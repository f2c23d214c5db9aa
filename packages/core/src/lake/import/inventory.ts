import { createHash, randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { quoteSqlName, quoteSqlString } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { isS3Location, openObjectStore, type StorageOptions } from '../../storage/index.ts'
import { invalidOption } from '../check-options.ts'
import type { LakeContext } from '../lake-context.ts'
import type { ListedKey } from './key-list.ts'

/** What of the manifest of an S3 Inventory is used. */
interface Manifest {
  readonly sourceBucket: string
  readonly fileFormat: string
  readonly fileSchema: string
  readonly files: readonly { readonly key: string; readonly MD5checksum: string }[]
}

/** Names of the fields that are used, in Parquet files; CSV has them without `_`. */
const FIELDS = ['key', 'size', 'last_modified_date', 'e_tag', 'is_latest', 'is_delete_marker'] as const
type Field = (typeof FIELDS)[number]

/**
 * Reads an S3 Inventory (CSV or Parquet): the objects of a bucket, newest versions alone.
 *
 * @param location of its `manifest.json`, in the bucket that it was delivered to or copied with `data` beside its folder
 * Errors: INVALID_OPTION for what is no such inventory or not what its manifest says, those of the storage.
 */
export async function* readInventory(
  lake: LakeContext,
  location: string,
  text: string,
  options: StorageOptions,
): AsyncGenerator<ListedKey> {
  const manifest = parseManifest(location, text)
  for (const file of manifest.files) {
    const bytes = await dataFile(location, file.key, options)
    if (createHash('md5').update(bytes).digest('hex') !== file.MD5checksum)
      throw invalidOption('keys', `names ${location}, whose file ${file.key} is not what the manifest says`)
    const isParquet = manifest.fileFormat === 'Parquet'
    const path = join(lake.engine.scratch, `${randomUUID()}.${isParquet ? 'parquet' : 'csv.gz'}`)
    try {
      await writeFile(path, bytes)
      yield* rowsOf(lake, manifest, path)
    } finally {
      await rm(path, { force: true })
    }
  }
}

function parseManifest(location: string, text: string): Manifest {
  const { sourceBucket, fileFormat, fileSchema, files } = membersOf(text)
  if (typeof sourceBucket !== 'string' || typeof fileSchema !== 'string' || !Array.isArray(files))
    throw invalidOption('keys', `names ${location}, which is no manifest of an S3 Inventory`)
  if (fileFormat === 'CSV' || fileFormat === 'Parquet') return { sourceBucket, fileFormat, fileSchema, files }
  throw new TraillakeError(
    'INVALID_OPTION',
    {
      option: 'keys',
      reason: `names ${location}, an S3 Inventory in ${fileFormat}: those in CSV and Parquet are read`,
    },
    { hint: 'let S3 deliver the inventory as CSV or Parquet' },
  )
}

/** Members of a JSON object; none of what is no such text. */
function membersOf(json: string): Partial<Record<keyof Manifest, unknown>> {
  try {
    return Object(JSON.parse(json))
  } catch {
    return {}
  }
}

/** Files of an inventory are named by their keys in the bucket of the manifest; in a copy they lie in `data` beside its folder. */
async function dataFile(location: string, key: string, options: StorageOptions): Promise<Buffer> {
  const bucket = /^s3:\/\/[^/]+/i.exec(location)?.[0]
  if (isS3Location(location) && bucket) return (await openObjectStore(bucket, options)).get(key)
  return (await openObjectStore(dirname(dirname(location)))).get(`data/${basename(key)}`)
}

async function* rowsOf(lake: LakeContext, manifest: Manifest, path: string): AsyncGenerator<ListedKey> {
  const isParquet = manifest.fileFormat === 'Parquet'
  const present = fieldsOf(manifest)
  const column = (field: Field, text: (name: string) => string) =>
    present.has(field) ? text(quoteSqlName(field)) : 'NULL::VARCHAR'
  const columns = FIELDS.map((field) =>
    column(field, (name) =>
      field === 'last_modified_date' ? `epoch_ms(${name}::TIMESTAMPTZ)::VARCHAR` : `${name}::VARCHAR`,
    ),
  )
  const source = isParquet
    ? `read_parquet(${quoteSqlString(path)})`
    : `read_csv(${quoteSqlString(path)}, header = false, quote = '"', escape = '"', delim = ',', columns = {${csvColumns(manifest)}})`
  for await (const batch of lake.engine.rows(`SELECT ${columns.join(', ')} FROM ${source}`)) {
    for (const [key, size, modifiedMs, etag, isLatest, isDeleteMarker] of batch) {
      if (key == null || isLatest === 'false' || isDeleteMarker === 'true') continue
      const name = isParquet ? key : decodeURIComponent(key.replaceAll('+', ' '))
      const isComplete = size != null && etag != null && modifiedMs != null
      yield {
        uri: `s3://${manifest.sourceBucket}/${name}`,
        ...(isComplete
          ? { info: { size: Number(size), etag: etag.replace(/^"|"$/g, ''), modifiedMs: Number(modifiedMs) } }
          : {}),
      }
    }
  }
}

const csvNames = ({ fileSchema }: Manifest) => fileSchema.split(',').map((name) => name.trim())
/** `LastModifiedDate` and `last_modified_date` are one field. */
const fieldOf = (name: string) =>
  FIELDS.find((field) => field.replaceAll('_', '') === name.replaceAll('_', '').toLowerCase())

/** `Bucket, Key, Size` for CSV; `message s3.inventory { required binary key (UTF8); … }` for Parquet. */
function fieldsOf(manifest: Manifest): ReadonlySet<string | undefined> {
  const names =
    manifest.fileFormat === 'CSV'
      ? csvNames(manifest)
      : [...manifest.fileSchema.matchAll(/(?:required|optional)\s+\w+\s+(\w+)/g)].map((match) => match[1]!)
  return new Set(names.map(fieldOf))
}

function csvColumns(manifest: Manifest): string {
  return csvNames(manifest)
    .map((name, i) => `${quoteSqlString(fieldOf(name) ?? `other_${i}`)}: 'VARCHAR'`)
    .join(', ')
}
