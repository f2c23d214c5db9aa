import { statSync, utimesSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that was used within this time stays, also beyond the bound: a query may be about to open it. */
const IN_USE_MS = 3_600_000
/** A use is noted this often at most. */
const NOTE_MS = 60_000
const PART = /\.part-/
const LEFT_PART_MS = 86_400_000

interface CachedFile {
  readonly path: string
  /** On the disk: holes take none. */
  readonly bytes: number
  readonly usedMs: number
}

/** Its time of access is that of its last use; that of its change tells the engine whether what it remembers of the file is still so. */
export function noteUse(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found || Date.now() - found.atimeMs <= NOTE_MS) return
  try {
    utimesSync(path, new Date(), found.mtime)
  } catch {
    // Whoever deletes it at this moment has the right to.
  }
}

/** Deletes the files not used for longest, until the others are within the bound; those that may be in use stay. */
export async function makeRoom(folder: string, maxBytes: number): Promise<void> {
  const files = await cachedFiles(folder)
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
async function cachedFiles(folder: string): Promise<readonly CachedFile[]> {
  const files: CachedFile[] = []
  for (const name of await readdir(folder)) {
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
