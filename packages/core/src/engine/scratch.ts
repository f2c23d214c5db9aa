import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

const NAME = /^traillake-(?:lake|spill)-([0-9a-f]{12})-(\d+)-/

const swept = new Set<string>()

/**
 * Makes a folder for temporary files below `root`; its name says whose it is. What killed processes of this machine left
 * there goes first: a query may have spilled gigabytes.
 */
export function makeScratch(root: string, kind: 'lake' | 'spill'): string {
  if (!swept.has(root)) {
    swept.add(root)
    removeLeftovers(root)
  }
  return mkdtempSync(join(root, `traillake-${kind}-${machineId()}-${process.pid}-`))
}

function removeLeftovers(root: string): void {
  for (const name of namesIn(root)) {
    const match = NAME.exec(name)
    if (match?.[1] !== machineId() || isAlive(Number(match[2]))) continue
    try {
      rmSync(join(root, name), { recursive: true, force: true })
    } catch {
      // Another user's: theirs to remove.
    }
  }
}

/** Folders that a process of this machine made below `root`. */
export function scratchFoldersOf(root: string, pid: number): readonly string[] {
  return namesIn(root)
    .filter((name) => {
      const match = NAME.exec(name)
      return match?.[1] === machineId() && Number(match[2]) === pid
    })
    .map((name) => join(root, name))
}

function namesIn(root: string): readonly string[] {
  try {
    return readdirSync(root)
  } catch {
    return []
  }
}

/** Does a process of this machine run under this id? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: somebody else's process, but a process.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

let machine: string | undefined

/** Tells processes whose ids can be compared from others: same boot, same process id space (containers have their own). */
export function machineId(): string {
  if (machine === undefined) {
    const parts = [hostname()]
    try {
      parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), readlinkSync('/proc/self/ns/pid'))
    } catch {
      // Not Linux: the host name has to do.
    }
    machine = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
  }
  return machine
}
