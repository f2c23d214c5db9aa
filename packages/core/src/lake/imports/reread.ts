import { isDeepStrictEqual } from 'node:util'
import type { LogForm } from '../../events/index.ts'
import { createBatchWorker } from '../import/batch-worker.ts'
import { planBatches } from '../import/plan-batches.ts'
import type { BatchResult, Neighbourhood, SourceFile, StoredFile } from '../import/protocol.ts'
import { planResources } from '../import/resources.ts'
import type { LakeContext } from '../lake-context.ts'
import type { AdvancedEventSelector, BasicEventSelector, EventDataStore } from '../types.ts'
import type { ImportSelectors } from './import-selectors.ts'
import { isCopy, type LedgerRow } from './ledger-rows.ts'

export interface RereadOptions {
  /** A local folder for what comes out. */
  readonly staging: string
  /** The bytes of a raw file; what it throws leaves the file `unread`. */
  readonly read: (row: LedgerRow) => Promise<Buffer>
  readonly selectors: readonly AdvancedEventSelector[]
  /** Applied besides them; default: none. */
  readonly eventSelectors?: readonly BasicEventSelector[] | undefined
  /** Data files that may hold the same events at these places; default: none. */
  readonly stored?: (places: readonly Neighbourhood[]) => Promise<readonly StoredFile[]>
  /** Ids of source files whose events in `stored` are copies in another form. */
  readonly copies?: ReadonlySet<string>
  /** Every file in a batch of its own: of two deliveries in one batch only the first is among the rows. */
  readonly alone?: boolean
  readonly signal?: AbortSignal
}

/** Raw files read once more. */
export interface Reread {
  readonly rows: readonly LedgerRow[]
  /** As an import would give it; its files lie in the staging folder. */
  readonly result: BatchResult
}

const MEMORY = 512 * 1024 * 1024

/** Reads raw files as an import does, in batches of bounded size. */
export async function* reread(
  lake: LakeContext,
  store: EventDataStore,
  rows: readonly LedgerRow[],
  options: RereadOptions,
): AsyncGenerator<Reread> {
  const resources = planResources({ memoryBytes: MEMORY, workers: 1 })
  const byFile = new Map(rows.map((row) => [sourceFile(row), row]))
  const worker = createBatchWorker(
    {
      // Of quarantine entries: whoever keeps some says whose they are.
      importId: 'reread',
      schema: store.schema,
      layout: store.layout,
      advancedEventSelectors: options.selectors,
      eventSelectors: options.eventSelectors,
      locations: [],
      staging: options.staging,
      scratch: lake.engine.scratch,
      engineMemoryBytes: resources.engineMemoryBytes,
      heldBytes: resources.heldBytes,
      dryRun: false,
    },
    (file) => options.read(byFile.get(file)!),
  )
  try {
    let number = 0
    const all = [...byFile.keys()]
    for (const files of options.alone ? all.map((file) => [file]) : planBatches(all, resources.limits, store.layout)) {
      options.signal?.throwIfAborted()
      const { neighbourhoods } = await worker.scan({ number, files })
      const stored = (await options.stored?.(neighbourhoods)) ?? []
      const copies = options.copies ? { copies: options.copies } : {}
      const result = await worker.write(number, { stored, claimed: [], ...copies, assumed: new Float64Array() })
      number += 1
      yield { rows: files.map((file) => byFile.get(file)!), result }
    }
  } finally {
    await worker.close()
  }
}

/**
 * Reads raw files as `reread` does, each with the selectors that its import had besides those of the store.
 *
 * @param importOf the import that a row was read in; default: the one it belongs to
 */
export async function* rereadAsImported(
  lake: LakeContext,
  store: EventDataStore,
  rows: readonly LedgerRow[],
  selectors: ImportSelectors,
  options: Omit<RereadOptions, 'selectors' | 'eventSelectors'>,
  importOf = (row: LedgerRow) => row.importId,
): AsyncGenerator<Reread> {
  // Rows stay in their order: of two deliveries the first one counts.
  const stretches: { readonly rows: LedgerRow[]; readonly eventSelectors: RereadOptions['eventSelectors'] }[] = []
  for (const row of rows) {
    const eventSelectors = await selectors.of(importOf(row))
    const last = stretches.at(-1)
    if (last && isDeepStrictEqual(last.eventSelectors, eventSelectors)) last.rows.push(row)
    else stretches.push({ rows: [row], eventSelectors })
  }
  for (const stretch of stretches) {
    const { eventSelectors } = stretch
    yield* reread(lake, store, stretch.rows, { ...options, selectors: store.advancedEventSelectors, eventSelectors })
  }
}

/** A raw file as an import lists it. */
function sourceFile(row: LedgerRow): SourceFile {
  return {
    source: 0,
    key: row.source,
    uri: row.source,
    size: row.size,
    etag: row.etag,
    modifiedMs: row.modifiedMs,
    sourceId: row.sourceId,
    ...(isCopy(row) ? { form: row.kind as LogForm } : {}),
  }
}
