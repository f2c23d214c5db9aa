import type { PartitionValues } from './types.ts'

const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'

/** What a folder name cannot hold as it is. `%` among them: a folder name is itself an encoding of the value. */
const UNSAFE_IN_FOLDER = /["#%'*/:=?\\{[\]^`\u0000-\u001f\u007f]/g

/**
 * The folder of a partition, relative to the table's root and as it is named on disk: `account=1/region=a%2Fb/`.
 *
 * NULL is `__HIVE_DEFAULT_PARTITION__`. Ends in `/`; empty for a table without partitions.
 */
export function partitionFolder(partitionColumns: readonly string[], values: PartitionValues): string {
  return partitionColumns.map((column) => `${escapeFolder(column)}=${escapeFolder(values[column] ?? null)}/`).join('')
}

function escapeFolder(value: string | null): string {
  if (value === null) return HIVE_NULL
  return value.replace(UNSAFE_IN_FOLDER, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/**
 * A relative file name as the log writes it: percent-encoded once more, segment by segment, `=` kept.
 *
 * Encoding only once makes every other reader fail: the folder `region=a%2Fb` is `region=a%252Fb` in the log.
 */
export function encodePath(relativeName: string): string {
  return relativeName
    .split('/')
    .map((segment) => encodeURIComponent(segment).replaceAll('%3D', '='))
    .join('/')
}

/** The relative file name that a `path` of the log stands for. Throws URIError where it is no encoding. */
export function decodePath(path: string): string {
  return decodeURIComponent(path)
}

/** True for a path that is no name below the table's root: `s3://…`, `file:/…`, `/…`. */
export function isAbsolutePath(path: string): boolean {
  return /^([A-Za-z][A-Za-z0-9+.-]*:|\/)/.test(path)
}
