import { readFileSync } from 'node:fs'
import type { SourceFile } from './protocol.ts'
import { reviveError } from './thread-worker.ts'

/** The bytes of a file that was brought to the local disk; undefined for one that is read where it lies. Throws why it could not be brought. */
export function readFetched({ fetched }: SourceFile): Buffer | undefined {
  if (!fetched || 'damage' in fetched) return undefined
  if ('error' in fetched) throw reviveError(fetched.error)
  return readFileSync(fetched.path)
}
