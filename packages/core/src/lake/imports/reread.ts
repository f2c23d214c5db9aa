import { createBatchWorker } from '../import/batch-worker.ts'
import { planBatches } from '../import/plan-batches.ts'
import type { BatchResult, Neighbourhood, SourceFile, StoredFile } from '../import/protocol.ts'
import { planResources } from '../import/resources.ts'
import type { LakeContext } from '../lake-context.ts'
import type { AdvancedEventSelector, EventDataStore } from '../types.ts'
import type { LedgerRow } from './ledger-rows.ts'

export interface RereadOptions {
  /** A local folder for what comes out. */
  readonly staging: string
  /** The bytes of a raw file; what it throws leaves the file `unread`. */
  readonly read: (row: LedgerRow) => Promise<Buffer>
  readonly selectors: readonly AdvancedEventSelector[]
  readonly importId: string
  /** Data files that may hold the same events at these places; default: none. */
  readonly stored?: (places: readonly Neighbourhood[]) => Promise<readonly StoredFile[]>
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
      importId: options.importId,
      schema: store.schema,
      layout: store.layout,
      advancedEventSelectors: options.selectors,
      eventSelectors: undefined,
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
    for (const files of options.alone ? all.map((file) => [file]) : planBatches(all, resources.limits)) {
      options.signal?.throwIfAborted()
      const { neighbourhoods } = await worker.scan({ number, files })
      const stored = (await options.stored?.(neighbourhoods)) ?? []
      const result = await worker.write(number, { stored, claimed: [], assumed: new Float64Array() })
      number += 1
      yield { rows: files.map((file) => byFile.get(file)!), result }
    }
  } finally {
    await worker.close()
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
  }
}
