import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ImportTuning } from '../../src/lake/import/import-plan.ts'
import type { ImportOptions, ImportProgress, ImportReport } from '../../src/lake/index.ts'

export type ChildEvent =
  | ImportProgress
  | { readonly kind: 'report'; readonly report: ImportReport; readonly peakRssBytes: number }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly stack: string }

export interface ImportProcess {
  readonly child: ChildProcess
  /** All that it said, once it has ended. */
  readonly ended: Promise<readonly ChildEvent[]>
}

const program = fileURLToPath(new URL('./programs/import.mjs', import.meta.url))

/** Imports in a process of its own, which can be killed. */
export function spawnImport(
  lake: string,
  source: string,
  options: {
    readonly into?: string
    readonly tuning?: ImportTuning
    readonly options?: Partial<ImportOptions>
    readonly onEvent?: (event: ChildEvent, child: ChildProcess) => void
  } = {},
): ImportProcess {
  const { into = 'org', tuning = {}, options: importOptions = {}, onEvent } = options
  const args = [program, lake, source, into, JSON.stringify(tuning), JSON.stringify(importOptions)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const events: ChildEvent[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => {
    // A killed process may leave half a line.
    if (!line.endsWith('}')) return
    const event = JSON.parse(line) as ChildEvent
    events.push(event)
    onEvent?.(event, child)
  })
  const ended = new Promise<readonly ChildEvent[]>((resolve) => child.on('close', () => resolve(events)))
  return { child, ended }
}

/** The report of a process that ended well; else what it said went wrong. */
export function reportOf(events: readonly ChildEvent[]): ImportReport {
  const last = events.at(-1)
  if (last?.kind === 'report') return last.report
  throw new Error(last?.kind === 'error' ? last.stack : 'the process ended without a report')
}
