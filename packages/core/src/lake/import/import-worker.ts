import { readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { loadZstd } from '../../parquet/index.ts'
import { type ObjectStore, openObjectStore } from '../../storage/index.ts'
import { createBatchWorker } from './batch-worker.ts'
import type { BatchWorker, SourceFile, WorkerSettings } from './protocol.ts'
import { readFetched } from './read-fetched.ts'
import { describeError, READY, type ThreadAnswer, type ThreadCall } from './thread-worker.ts'

/** Reads files of the sources, each store opened once. */
function sourceReader({ locations }: WorkerSettings): (file: SourceFile) => Promise<Buffer> {
  const stores = new Map<number, Promise<ObjectStore>>()
  return async (file) => {
    const fetched = readFetched(file)
    if (fetched) return fetched
    let store = stores.get(file.source)
    if (!store) {
      store = openObjectStore(locations[file.source]!)
      stores.set(file.source, store)
    }
    const opened = await store
    const path = opened.localPath(file.key)
    try {
      // A promised read costs more than a small file's bytes.
      if (path !== undefined) return readFileSync(path)
    } catch {
      // The store knows what to call it.
    }
    return opened.get(file.key)
  }
}

let worker: BatchWorker

// The first message says what to work for.
parentPort!.once('message', (settings: WorkerSettings) => {
  worker = createBatchWorker(settings, sourceReader(settings))
  parentPort!.on('message', (call: ThreadCall) => void answer(call))
})

async function answer({ id, method, args }: ThreadCall): Promise<void> {
  const send = (message: ThreadAnswer) => parentPort!.postMessage(message)
  try {
    const run = worker[method] as (...args: readonly unknown[]) => Promise<unknown>
    send({ id, result: await run(...args) })
  } catch (error) {
    send({ id, error: describeError(error) })
  }
}

// While the import still looks for files.
await loadZstd()
parentPort!.postMessage(READY)
