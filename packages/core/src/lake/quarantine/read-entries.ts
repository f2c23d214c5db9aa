import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import { TraillakeError } from '../../errors/index.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { QuarantineEntry } from '../import/quarantine-writer.ts'

/**
 * The entries of a quarantine file, in order.
 *
 * Errors: STORAGE_ERROR for a file that is damaged, SOURCE_NOT_FOUND and those of the storage.
 */
export async function* readEntries(storage: ObjectStore, key: string): AsyncGenerator<QuarantineEntry> {
  yield* parseEntries(await storage.get(key), key)
}

/** The entries in the bytes of a quarantine file. @param key how the file is called in errors */
export async function* parseEntries(bytes: Buffer, key: string): AsyncGenerator<QuarantineEntry> {
  const gunzip = createGunzip()
  const decoder = new StringDecoder('utf8')
  let rest = ''
  try {
    gunzip.end(bytes)
    for await (const piece of gunzip) {
      const lines = (rest + decoder.write(piece as Buffer)).split('\n')
      rest = lines.pop()!
      for (const line of lines) yield JSON.parse(line) as QuarantineEntry
    }
    if (rest !== '') throw new Error('its last line is not ended')
  } catch (cause) {
    const reason = `the quarantine file is damaged: ${(cause as Error).message}`
    throw new TraillakeError('STORAGE_ERROR', { operation: 'read', key, reason }, { cause })
  } finally {
    gunzip.destroy()
  }
}

/** The bytes of an entry; undefined where they were too many to keep. */
export function bytesOf(entry: QuarantineEntry): Buffer | undefined {
  if (entry.bytes === null) return undefined
  return Buffer.from(entry.bytes, entry.encoding === 'base64' ? 'base64' : 'utf8')
}
