import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { type ObjectStore, openObjectStore } from '../../storage/index.ts'
import { createBatchWorker } from './batch-worker.ts'
import type { WorkerSettings } from './protocol.ts'
import { describeError, type ThreadAnswer, type ThreadCall } from './thread-worker.ts'

const settings = workerData as WorkerSettings
const stores = new Map<number, Promise<ObjectStore>>()

const worker = createBatchWorker(settings, async (file) => {
  let store = stores.get(file.source)
  if (!store) {
    store = openObjectStore(settings.locations[file.source]!)
    stores.set(file.source, store)
  }
  const opened = await store
  const path = opened.localPath(file.key)
  try {
    // This thread has nothing else to do meanwhile, and a promised read costs more than a small file's bytes.
    if (path !== undefined) return readFileSync(path)
  } catch {
    // The store knows what to call it.
  }
  return opened.get(file.key)
})

parentPort!.on('message', async ({ id, method, args }: ThreadCall) => {
  const answer = (message: ThreadAnswer) => parentPort!.postMessage(message)
  try {
    const run = worker[method] as (...args: readonly unknown[]) => Promise<unknown>
    answer({ id, result: await run(...args) })
  } catch (error) {
    answer({ id, error: describeError(error) })
  }
})
