import { createBatchWorker } from '../import/batch-worker.ts'
import { planBatches } from '../import/plan-batches.ts'
import type { BatchResult, SourceFile } from '../import/protocol.ts'
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
  readonly signal?: AbortSignal
}

/** Raw files read once more. */
export interface Reread {
  readonly rows: readonly LedgerRow[]
  /** As an import into an empty store would give it; its files lie in the staging folder. */
  readonly result: BatchResult
}

const NOTHING_STORED = { stored: [], claimed: [], assumed: new Float64Array() } as const
const MEMORY = 512 * 1024 * 1024

/** Reads raw files as an import does, in batches of bounded size, as if the store were empty. */
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
    for (const files of planBatches([...byFile.keys()], resources.limits)) {
      options.signal?.throwIfAborted()
      await worker.scan({ number, files })
      const result = await worker.write(number, NOTHING_STORED)
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
