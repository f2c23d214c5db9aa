import { storageError } from './errors.ts'
import type { ObjectStore } from './object-store.ts'

export type FaultOperation = 'get' | 'head' | 'list' | 'listFolders' | 'put' | 'putIfAbsent' | 'putFile' | 'delete'

/** One call that a store was asked to make. */
export interface FaultCall {
  readonly operation: FaultOperation
  readonly key: string
  /** From 1, over all calls. */
  readonly count: number
}

/**
 * What goes wrong with a call:
 * - `fail`: it is not made, and fails like a disk with this errno;
 * - `lost-answer`: it is made, and fails as if the answer had not come back;
 * - `repeat`: it is made twice, as a client does that tries again by itself, and the second answer is given.
 */
export type Fault =
  | { readonly kind: 'fail'; readonly errno: 'EIO' | 'ENOSPC' | 'EACCES' | 'ETIMEDOUT' }
  | { readonly kind: 'lost-answer' }
  | { readonly kind: 'repeat' }

/**
 * Wraps a store so that chosen calls go wrong. `plan` sees every call before it is made and may also wait, to hold one
 * writer while another passes.
 */
export function withFaults(
  store: ObjectStore,
  plan: (call: FaultCall) => Fault | undefined | Promise<Fault | undefined>,
): ObjectStore {
  let count = 0
  const call = async <T>(operation: FaultOperation, key: string, make: () => Promise<T>): Promise<T> => {
    count += 1
    const fault = await plan({ operation, key, count })
    const verb = operation.startsWith('put') ? 'write' : operation === 'get' ? 'read' : operation
    const fail = (errno: string) =>
      storageError(Object.assign(new Error(`${errno}: injected, ${operation}`), { code: errno }), verb, key, key)
    switch (fault?.kind) {
      case undefined:
        return make()
      case 'fail':
        throw fail(fault.errno)
      case 'lost-answer':
        await make()
        throw fail('ETIMEDOUT')
      case 'repeat':
        await make()
        return make()
    }
  }
  return {
    location: store.location,
    uri: (key) => store.uri(key),
    localPath: (key) => store.localPath(key),
    get: (key, options) => call('get', key, () => store.get(key, options)),
    head: (key) => call('head', key, () => store.head(key)),
    async *list(prefix, options) {
      await call('list', prefix, async () => undefined)
      yield* store.list(prefix, options)
    },
    listFolders: (prefix) => call('listFolders', prefix, () => store.listFolders(prefix)),
    put: (key, bytes) => call('put', key, () => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => call('putIfAbsent', key, () => store.putIfAbsent(key, bytes)),
    putFile: (key, localPath) => call('putFile', key, () => store.putFile(key, localPath)),
    delete: (key) => call('delete', key, () => store.delete(key)),
    probe: () => store.probe(),
  }
}
