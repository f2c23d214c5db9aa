import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Isolation, Lake } from '@traillake/core'
import { isTraillakeError, TraillakeError } from '@traillake/core/errors'
import type { Command } from 'commander'

/** The folder that `--lake` names, given before or after the command, in the environment or in the settings file. */
export function lakeLocation(command: Command): string {
  for (let at: Command | null = command; at; at = at.parent) {
    const { lake } = at.opts<{ lake?: string }>()
    if (lake !== undefined && (at.getOptionValueSource('lake') !== 'default' || at.parent === null)) return lake
  }
  return './lake'
}

interface LakeOptions {
  /** Makes the lake where there is none, and says so. */
  readonly create?: boolean
  readonly readOnly?: boolean
  readonly isolation?: Isolation
}

/** Whether a flag, the environment or the settings file name a lake. */
export function isLakeNamed(command: Command): boolean {
  for (let at: Command | null = command; at; at = at.parent) {
    const source = at.getOptionValueSource('lake')
    if (source !== undefined && source !== 'default') return true
  }
  return false
}

/** Opens the lake of a command, runs `use`, and closes it whatever happens. */
export async function withLake<T>(command: Command, options: LakeOptions, use: (lake: Lake) => Promise<T>): Promise<T> {
  return withLakeAt(lakeLocation(command), options, use)
}

/** As `withLake`, but nothing is written: where there is no lake yet, an empty one in a temporary folder stands for it. */
export async function withLakeOrNone<T>(command: Command, use: (lake: Lake) => Promise<T>): Promise<T> {
  const location = lakeLocation(command)
  if (isLake(location)) return withLakeAt(location, { readOnly: true }, use)
  const folder = mkdtempSync(join(tmpdir(), 'traillake-none-'))
  try {
    const { openLake } = await import('@traillake/core')
    const lake = await openLake(folder, { create: true })
    try {
      return await use(lake)
    } finally {
      await lake.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function withLakeAt<T>(
  location: string,
  options: LakeOptions,
  use: (lake: Lake) => Promise<T>,
): Promise<T> {
  const { openLake } = await import('@traillake/core')
  const isNew = options.create === true && !isLake(location)
  const lake = await openLake(location, options).catch(explain)
  if (isNew) process.stderr.write(`created a lake in ${lake.location}\n`)
  try {
    return await use(lake)
  } finally {
    await lake.close()
  }
}

function isLake(location: string): boolean {
  return existsSync(join(location.startsWith('file:') ? fileURLToPath(location) : location, 'traillake.json'))
}

/** The library's hint speaks of its options, which nobody can type. */
function explain(error: unknown): never {
  if (!isTraillakeError(error, 'LAKE_NOT_FOUND')) throw error
  const hint = 'name its folder with --lake, or make one: traillake import SOURCE --store NAME'
  throw new TraillakeError('LAKE_NOT_FOUND', error.params, { hint, cause: error })
}

/** A signal that Ctrl-C aborts; a second Ctrl-C ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping … (Ctrl-C again to stop at once)\n')
    controller.abort()
  })
  return controller.signal
}
