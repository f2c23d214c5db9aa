import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { TraillakeError } from '@traillake/core/errors'

export interface SqlFile {
  /** As the command line leads to it, with forward slashes. */
  readonly path: string
  readonly text: string
}

/**
 * Reads files, and all `.sql` files below folders, in the order of their paths; each once.
 *
 * Folders that start with a dot and `node_modules` are passed over. Throws SOURCE_NOT_FOUND, and INVALID_OPTION where a
 * folder holds no `.sql` file: what was to be looked at is somewhere else.
 */
export function readSqlFiles(paths: readonly string[]): readonly SqlFile[] {
  const found = paths.flatMap((path) => {
    if (!isFolder(path)) return [normalize(path)]
    const below = sqlFilesBelow(path)
    if (below.length > 0) return below
    throw new TraillakeError('INVALID_OPTION', { option: 'path', reason: `names ${path}, which holds no .sql file` })
  })
  return [...new Set(found.map((path) => path.replaceAll('\\', '/')))].map((path) => ({
    path,
    text: attempt(path, () => readFileSync(path, 'utf8')),
  }))
}

function sqlFilesBelow(folder: string): string[] {
  const entries: Dirent[] = attempt(folder, () => readdirSync(folder, { withFileTypes: true }))
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory())
        return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : sqlFilesBelow(path)
      return entry.name.toLowerCase().endsWith('.sql') ? [path] : []
    })
}

function isFolder(path: string): boolean {
  return attempt(path, () => statSync(path)).isDirectory()
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new TraillakeError('SOURCE_NOT_FOUND', { source: path }, { cause })
    throw new TraillakeError('STORAGE_ERROR', { operation: 'read', key: path, reason: message }, { cause })
  }
}
