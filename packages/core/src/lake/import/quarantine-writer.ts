import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { sha256Hex } from './identity.ts'
import type { SourceFile } from './protocol.ts'

/** Bytes are kept up to this size; beyond, only their digest is. */
const MAX_BYTES = 1_000_000

/** One line of a quarantine file: `quarantine/<uuid>.jsonl.gz` below the store. */
export interface QuarantineEntry {
  readonly source_id: string
  readonly source_key: string
  readonly etag: string
  readonly import_id: string
  /** Position in `Records`; null for a whole file. */
  readonly record: number | null
  /** Byte offset in the uncompressed file; null for a whole file, and where a large file was read in stretches. */
  readonly offset: number | null
  /** Bytes of the record, or of the file as it is stored. */
  readonly length: number
  readonly event_id: string | null
  /** `conflicting`, why the record is unusable, or the code of an unreadable file. */
  readonly reason: string
  /** More about the reason; null where there is no more. */
  readonly detail: string | null
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string
  /** How `bytes` is written; null when they were too many to keep. */
  readonly encoding: 'utf-8' | 'base64' | null
  readonly bytes: string | null
}

export interface QuarantineItem {
  readonly file: SourceFile
  readonly record: number | null
  readonly offset: number | null
  readonly eventId?: string | null
  readonly reason: string
  readonly detail?: string
  readonly bytes: Uint8Array
}

/** Writes a quarantine file as entries come; nothing is made before the first one. */
export interface EntryWriter {
  add(entry: QuarantineEntry): Promise<void>
  /** Ends the file; its path, or undefined when there were no entries. */
  finish(): Promise<string | undefined>
  /** Stops where it is; what was written may be cut. */
  abandon(): void
}

/** An `EntryWriter` that makes entries of what an import comes upon. */
export interface QuarantineWriter extends Omit<EntryWriter, 'add'> {
  add(item: QuarantineItem): Promise<void>
}

export function createEntryWriter(path: string): EntryWriter {
  let open: { gzip: ReturnType<typeof createGzip>; done: Promise<void> } | undefined

  return {
    async add(entry) {
      if (!open) {
        const gzip = createGzip()
        const done = finished(gzip.pipe(createWriteStream(path, { flags: 'wx' })))
        // A failure shows in `finish`; until then it must not count as unhandled.
        done.catch((error) => gzip.destroy(error))
        open = { gzip, done }
      }
      if (!open.gzip.write(`${JSON.stringify(entry)}\n`)) await Promise.race([once(open.gzip, 'drain'), open.done])
    },
    async finish() {
      if (!open) return undefined
      open.gzip.end()
      await open.done
      return path
    },
    abandon() {
      open?.gzip.destroy()
    },
  }
}

export function createQuarantineWriter(path: string, importId: string): QuarantineWriter {
  const entries = createEntryWriter(path)
  return { ...entries, add: (item) => entries.add(toEntry(item, importId)) }
}

function toEntry(
  { file, record, offset, eventId, reason, detail, bytes }: QuarantineItem,
  importId: string,
): QuarantineEntry {
  const keep = bytes.byteLength <= MAX_BYTES
  const text = keep && isUtf8(bytes)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    source_id: file.sourceId,
    source_key: file.uri,
    etag: file.etag,
    import_id: importId,
    record,
    offset,
    length: bytes.byteLength,
    event_id: eventId ?? null,
    reason,
    detail: detail ?? null,
    sha256: sha256Hex(bytes),
    encoding: text ? 'utf-8' : keep ? 'base64' : null,
    bytes: keep ? buffer.toString(text ? 'utf8' : 'base64') : null,
  }
}

/** Keeps nothing: for dry runs. */
export const discardQuarantine: QuarantineWriter = {
  add: async () => undefined,
  finish: async () => undefined,
  abandon: () => undefined,
}
