import { readFileSync } from 'node:fs'
import type { SourceFile } from './protocol.ts'
import { reviveError } from './thread-worker.ts'

/** The bytes of a file that was brought here; undefined for one that is read where it lies. Throws why it could not be brought. */
export function readFetched({ fetched }: SourceFile): Buffer | undefined {
  if (!fetched || 'damage' in fetched) return undefined
  if ('error' in fetched) throw reviveError(fetched.error)
  if ('path' in fetched) return readFileSync(fetched.path)
  const { buffer, byteOffset, length } = fetched.bytes
  return Buffer.from(buffer, byteOffset, length)
}
