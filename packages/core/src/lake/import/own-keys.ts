import { sep } from 'node:path'
import type { ObjectStore } from '../../storage/index.ts'
import { RECEIVED } from '../control.ts'

/** Tells the lake's own files from log files when one lies inside the other. */
export function ownKeys(storage: ObjectStore): (store: ObjectStore, key: string) => boolean {
  const inside = storage.localPath('any')
  if (inside === undefined) {
    const root = storage.uri('')
    return (store, key) => {
      const uri = store.uri(key)
      return uri.startsWith(root) && !uri.startsWith(root + RECEIVED)
    }
  }
  const folder = inside.slice(0, -'any'.length)
  const root = folder.endsWith(sep) ? folder : folder + sep
  return (store, key) => {
    const path = store.localPath(key) ?? ''
    return path.startsWith(root) && !path.startsWith(root + RECEIVED)
  }
}
