import { randomUUID } from 'node:crypto'
import { statSync, utimesSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isMissing, storageError } from './errors.ts'

/** A file that was used within this time stays, also beyond the bound: a query may be about to open it. */
const IN_USE_MS = 3_600_000
/** A use is noted this often at most. */
const NOTE_MS = 60_000
/** Uses that are remembered. */
const MOST_NOTED = 50_000
const PART = /\.part-/
const LEFT_PART_MS = 86_400_000

/** A name beside a file for what is to become it by renaming; `makeRoom` knows by it what a killed process left. */
export function partOf(path: string): string {
  return `${path}.part-${process.pid}-${randomUUID()}`
}

/** What is kept of lakes in S3. */
export interface CacheInfo {
  readonly folder: string
  readonly files: number
  /** On the disk. */
  readonly bytes: number
}

export interface CacheClearing {
  readonly folder: string
  /** What was deleted. */
  readonly files: number
  readonly bytes: number
  /** Files that stay because they were used within the hour. */
  readonly inUse: number
}

export interface CacheOptions {
  /** Default: `traillake` in the user's cache folder. */
  readonly cacheDirectory?: string
}

/** Where what was fetched of lakes in S3 is kept, unless told otherwise. */
export function cacheFolder({ cacheDirectory }: CacheOptions): string {
  return cacheDirectory ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'traillake')
}

/** How much is kept of lakes in S3, of all that use the folder. */
export async function cacheInfo(options: CacheOptions = {}): Promise<CacheInfo> {
  const folder = cacheFolder(options)
  const files = await filesIn(folder, true)
  return { folder, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/**
 * Deletes what is kept of lakes in S3; queries fetch it again. Files that were used within the hour stay: a query may be reading them.
 *
 * @param options `force`: they go, too; only while nothing uses the folder
 */
export async function clearCache(options: CacheOptions & { readonly force?: boolean } = {}): Promise<CacheClearing> {
  const folder = cacheFolder(options)
  const files = await filesIn(folder, true)
  const unused = options.force ? files : files.filter((file) => !isInUse(file))
  for (const { path } of unused) await rm(path, { force: true })
  const bytes = unused.reduce((sum, file) => sum + file.bytes, 0)
  return { folder, files: unused.length, bytes, inUse: files.length - unused.length }
}

interface CachedFile {
  readonly path: string
  /** On the disk: holes take none. */
  readonly bytes: number
  readonly usedMs: number
}

/**
 * Notes uses of files: the time of access is that of the last use. That of change stays, it tells the engine whether what it remembers of the
 * file is still so.
 */
export function createUseNotes(): (path: string) => void {
  const noted = new Map<string, number>()
  return (path) => {
    const now = Date.now()
    if (now - (noted.get(path) ?? 0) <= NOTE_MS) return
    if (noted.size >= MOST_NOTED) noted.clear()
    noted.set(path, now)
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found || now - found.atimeMs <= NOTE_MS) return
    try {
      utimesSync(path, new Date(now), found.mtime)
    } catch {
      // Whoever deletes it at this moment has the right to.
    }
  }
}

/** Deletes the files not used for longest, until the others are within the bound; those that may be in use stay. */
export async function makeRoom(folder: string, maxBytes: number): Promise<void> {
  const files = await filesIn(folder, false)
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  for (const file of [...files].sort((a, b) => a.usedMs - b.usedMs)) {
    if (bytes <= maxBytes || isInUse(file)) return
    await rm(file.path, { force: true })
    bytes -= file.bytes
  }
}

function isInUse({ usedMs }: CachedFile): boolean {
  return Date.now() - usedMs < IN_USE_MS
}

/** The files of a cache; what a process left that was stopped while it wrote is deleted. */
async function filesIn(folder: string, recursive: boolean): Promise<readonly CachedFile[]> {
  const files: CachedFile[] = []
  const names = await readdir(folder, { recursive }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw storageError(error, 'list', folder, folder)
  })
  for (const name of names) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) continue
    const bytes = Math.min(found.size, found.blocks * 512)
    const usedMs = Math.max(found.atimeMs, found.mtimeMs)
    if (!PART.test(name)) files.push({ path, bytes, usedMs })
    else if (Date.now() - usedMs > LEFT_PART_MS) await rm(path, { force: true })
  }
  return files
}
