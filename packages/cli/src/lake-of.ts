import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Isolation, Lake, OpenLakeOptions } from '@traillake/core'
import { isTraillakeError, TraillakeError } from '@traillake/core/errors'
import type { Command } from 'commander'
import { s3Of } from './s3-options.ts'

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
  /** Of a lake that is made: the account and region that ARNs name. */
  readonly accountId?: string
  readonly region?: string
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
  return withLakeAt(lakeLocation(command), { ...storageOf(command), ...options }, use)
}

/** As `withLake`, but nothing is written: where there is no lake yet, an empty one in a temporary folder stands for it. */
export async function withLakeOrNone<T>(command: Command, use: (lake: Lake) => Promise<T>): Promise<T> {
  const storage = storageOf(command)
  const { openLake } = await import('@traillake/core')
  const found = await openLake(lakeLocation(command), { ...storage, readOnly: true }).catch(noneIfMissing)
  if (found) return useAndClose(found, use)
  const folder = mkdtempSync(join(tmpdir(), 'traillake-none-'))
  try {
    return await useAndClose(await openLake(folder, { ...storage, create: true }), use)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function withLakeAt<T>(
  location: string,
  options: LakeOptions & StorageSettings,
  use: (lake: Lake) => Promise<T>,
): Promise<T> {
  const { openLake } = await import('@traillake/core')
  const { create = false, accountId: _account, region: _region, ...others } = options
  let lake = await openLake(location, others).catch(create ? noneIfMissing : explain)
  if (!lake) {
    lake = await openLake(location, options)
    process.stderr.write(`created a lake in ${lake.location}\n`)
  }
  return useAndClose(lake, use)
}

async function useAndClose<T>(lake: Lake, use: (lake: Lake) => Promise<T>): Promise<T> {
  try {
    return await use(lake)
  } finally {
    await lake.close()
  }
}

function noneIfMissing(error: unknown): undefined {
  if (!isTraillakeError(error, 'LAKE_NOT_FOUND')) throw error
}

type StorageSettings = Pick<OpenLakeOptions, 's3' | 'cacheDirectory' | 'cacheBytes' | 'offline' | 'tempDirectory'>

/** How a lake is reached, and what is kept of it here. */
export function storageOf(command: Command): StorageSettings {
  const { cache, cacheSize, offline, tempDirectory } = command.optsWithGlobals<{
    cache?: string
    cacheSize?: number
    offline?: boolean
    tempDirectory?: string
  }>()
  const s3 = s3Of(command, 's3')
  return {
    ...(s3 ? { s3 } : {}),
    ...(cache === undefined ? {} : { cacheDirectory: cache }),
    ...(cacheSize === undefined ? {} : { cacheBytes: cacheSize }),
    ...(offline ? { offline } : {}),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
  }
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
