import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** `…_20240501T1235Z_…`: when CloudTrail began a file. */
const NAMED = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_/

/**
 * The log files below a folder whose names carry a time between `from` and `to`, both included. Files are not opened; one
 * whose name has no time is left out, for nothing says that it is in the range.
 */
export async function filesInRange(folder: string, from: Date | undefined, to: Date | undefined): Promise<string[]> {
  const found: string[] = []
  // Not opendir: with `recursive` it leaves entries out on Node 20.
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const time = entry.isFile() ? timeOf(entry.name) : undefined
    if (time === undefined) continue
    if ((from === undefined || time >= from.getTime()) && (to === undefined || time <= to.getTime())) {
      found.push(join(entry.parentPath, entry.name))
    }
  }
  return found.sort()
}

function timeOf(name: string): number | undefined {
  const [, year, month, day, hour, minute] = NAMED.exec(name) ?? []
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`)
}
