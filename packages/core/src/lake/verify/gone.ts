import type { StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'

/**
 * Does something with data files. Those that turn out to have gone since they were found are told, leave the check, and the work is
 * done with the rest; undefined when none is left.
 */
export async function withFiles<T>(
  check: StoreCheck,
  paths: readonly string[],
  work: (paths: readonly string[]) => Promise<T>,
): Promise<T | undefined> {
  let left = paths.filter((path) => check.files.has(path))
  while (left.length > 0) {
    try {
      return await work(left)
    } catch (error) {
      check.checkStopped()
      const gone = await tellGone(check, left)
      if (gone.size === 0) throw error
      left = left.filter((path) => !gone.has(path))
    }
  }
  return undefined
}

async function tellGone({ lake, files, findings }: StoreCheck, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const gone = new Set<string>()
  for (const path of paths) {
    const file = files.get(path)
    if (file && (await lake.storage.head(file.key))) continue
    gone.add(path)
    if (!files.delete(path)) continue
    findings.error('FILE_MISSING', file!.key, 'it went while the lake was verified', HINTS.restore)
  }
  return gone
}
