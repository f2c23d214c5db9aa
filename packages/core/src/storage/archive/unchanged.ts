import { stat } from 'node:fs/promises'
import { TraillakeError } from '../../errors/index.ts'
import { storageError } from '../errors.ts'

/** A file as it was when it was first looked at. */
export interface Unchanged {
  readonly size: number
  /** Throws SOURCE_CHANGED once something else lies there: what was listed is not what would be read. */
  check(): Promise<void>
}

export async function createUnchanged(path: string): Promise<Unchanged> {
  const look = async () => {
    try {
      return await stat(path)
    } catch (error) {
      throw storageError(error, 'read', path, path)
    }
  }
  const { size, mtimeMs } = await look()
  return {
    size,
    async check() {
      const now = await look()
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw new TraillakeError('SOURCE_CHANGED', { source: path })
    },
  }
}
