import { setTimeout as sleep } from 'node:timers/promises'
import { isTraillakeError, type TraillakeError } from '../errors/index.ts'
import { openQueue } from '../storage/index.ts'
import { checkSource, invalidOption } from './check-options.ts'
import { importAndCompact } from './compact/import-and-compact.ts'
import type { LakeContext } from './lake-context.ts'
import { importMessages } from './queue/import-messages.ts'
import type { ImportOptions, WatchOptions, WatchRound } from './types.ts'

const DEFAULT_INTERVAL_MS = 30_000
/** After failures it waits longer each time, up to this or the interval. */
const MAX_WAIT_MS = 300_000

/**
 * Imports what is new at the sources, again and again, until its signal is aborted or the lake is closed.
 *
 * Each round is an import: what it reads is committed with the ledger, so a watcher that is killed goes on where it was, and several
 * may watch one place. What only the outside can mend (network, rights, credentials, a full disk) is told and tried again.
 *
 * Errors: those of `import` that the caller has to mend, SOURCE_NOT_FOUND for a queue that is not there.
 */
export async function watchLogs(
  lake: LakeContext,
  source: string | readonly string[],
  { intervalMs = DEFAULT_INTERVAL_MS, onRound, queue: url, ...options }: WatchOptions,
): Promise<void> {
  if (!(Number.isFinite(intervalMs) && intervalMs >= 0)) throw invalidOption('intervalMs', 'must be a number from 0')
  for (const name of ['dryRun', 'keys']) if (name in options) throw invalidOption(name, 'is nothing to watch with')
  checkSource(source)
  const signal = AbortSignal.any(options.signal ? [options.signal, lake.closing] : [lake.closing])
  const queue = url === undefined ? undefined : await openQueue(url, options.s3 ?? lake.storageOptions.s3)
  const names = typeof source === 'string' ? [source] : source
  const look = (lookOptions: ImportOptions & { readonly signal: AbortSignal }) =>
    queue ? importMessages(lake, queue, names, lookOptions) : importWhole(lake, source, lookOptions)
  let failures = 0
  try {
    while (!signal.aborted) {
      const round = await tryLook(() => look({ ...options, signal }), signal)
      if (signal.aborted) return
      failures = round.error ? failures + 1 : 0
      onRound?.(round)
      // Whoever asks a queue has waited there.
      if (queue && !round.error) continue
      const waitMs = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, MAX_WAIT_MS))
      // Aborted: the loop sees it.
      await sleep(waitMs, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    queue?.close()
  }
}

async function importWhole(
  lake: LakeContext,
  source: string | readonly string[],
  options: ImportOptions,
): Promise<WatchRound> {
  try {
    return { report: await importAndCompact(lake, source, options) }
  } catch (error) {
    // Files may be still to come.
    if (isTraillakeError(error, 'NO_LOG_FILES')) return {}
    throw error
  }
}

async function tryLook(look: () => Promise<WatchRound>, signal: AbortSignal): Promise<WatchRound> {
  try {
    return await look()
  } catch (error) {
    if (signal.aborted) return {}
    if (!isTraillakeError(error) || !isPassing(error)) throw error
    return { error }
  }
}

function isPassing({ kind }: TraillakeError): boolean {
  return kind === 'EXTERNAL' || kind === 'INSUFFICIENT_RESOURCES'
}
