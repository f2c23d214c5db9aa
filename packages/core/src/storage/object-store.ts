/** What `head` and `list` tell of an object. */
export interface ObjectInfo {
  /** Relative to the store's root, `/` between segments, never starting with one. */
  readonly key: string
  readonly size: number
  readonly modifiedMs: number
  /** Changes whenever the content does. Local disk: `<size>-<mtime in ns>`. */
  readonly etag: string
}

export interface GetOptions {
  readonly range?: { readonly start: number; readonly length: number }
  /** The etag that the object must have: where it is replaced meanwhile, SOURCE_CHANGED. A disk does not look. */
  readonly ifMatch?: string
  /** Is told the etag of what is read. Only S3 tells it. */
  readonly onEtag?: (etag: string) => void
  readonly signal?: AbortSignal
}

/** A stretch of an object's bytes. */
export interface ByteRange {
  readonly start: number
  readonly length: number
}

/**
 * A local file that stands for an object of which not everything is needed: what was fetched lies where it lies in the object, the rest is a
 * hole. It ends with bytes of its own.
 */
export interface SparseFile {
  readonly path: string
  /** How many things of the object can be fetched by themselves. */
  readonly slots: number
  /** The stretches of the object that a slot takes. None reaches beyond `dataEnd`. */
  readonly rangesOf: (slot: number) => readonly ByteRange[]
  /** The slots that must be there. */
  readonly wanted: readonly number[]
  /** Where the bytes of its own may begin. */
  readonly dataEnd: number
  /** Its last bytes, made when the file is. */
  readonly ending: () => Promise<Buffer>
}

/** Objects as local files, kept for the next time. */
export interface LocalCopies {
  /** The folder that all copies lie in. */
  readonly folder: string
  /** Bytes that were fetched since it was opened. */
  readonly fetchedBytes: number
  /** Where the copy of an object is, or will be; of its parts, where what `part` names is. */
  pathOf(key: string, part?: string): string
  /** What was made of an object before and kept, or is made now. */
  keep(key: string, part: string, make: () => Promise<Buffer>): Promise<Buffer>
  /** Forgets what was kept. */
  forget(key: string, part: string): Promise<void>
  /** Stretches of an object that has this etag, in their order; those that lie near each other are read at once. SOURCE_CHANGED. */
  read(key: string, etag: string, ranges: readonly ByteRange[], signal?: AbortSignal): Promise<readonly Buffer[]>
  /** Sees to it that what is wanted of sparse files of an object is there. SOURCE_CHANGED, and as `fetch`. */
  fetchParts(key: string, etag: string, files: readonly SparseFile[], signal?: AbortSignal): Promise<void>
  /**
   * Makes the copy where there is none, and gives its path. Whoever opens it does so within the hour. Errors: SOURCE_NOT_FOUND, those
   * of the store.
   *
   * @param size where it is known: it need not be asked for
   */
  fetch(key: string, size?: number): Promise<string>
}

/**
 * Bytes by key. One contract suite runs against every implementation.
 *
 * Keys are relative to a root (a folder, or a bucket and prefix). Everything written is whole or absent: no reader
 * sees half an object. Errors are SOURCE_NOT_FOUND, STORAGE_ERROR, STORAGE_FULL, STORAGE_DENIED.
 */
export interface ObjectStore {
  /** For people: a path or `s3://bucket/prefix`. */
  readonly location: string
  /** The URI of a key, as the ledger records it: `file:///…` of the real path, or `s3://bucket/key`. */
  uri(key: string): string
  /** A path that the engine can read without copying; undefined where the store is not on a local disk. */
  localPath(key: string): string | undefined
  /** Local copies of objects that are never written twice; absent where none are kept. */
  readonly copies?: LocalCopies
  /** The whole object, or up to `range.length` bytes from `range.start` (fewer where the object ends). */
  get(key: string, options?: GetOptions): Promise<Buffer>
  /** Undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>
  /** Objects under `prefix` in code-unit order of their keys; `after` skips keys up to and including it. */
  list(prefix: string, options?: { readonly after?: string; readonly signal?: AbortSignal }): AsyncIterable<ObjectInfo>
  /** Names of the folders directly under `prefix` (which ends in `/` or is empty), in order. */
  listFolders(prefix: string): Promise<readonly string[]>
  /** Writes durably, over what may be there. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Writes durably if nothing is there. False: something was, and it is untouched. The one primitive that commits are made of. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean>
  /** Moves a finished local file into the store, durably (fsync of file and folder). The key must be free. */
  putFile(key: string, localPath: string): Promise<ObjectInfo>
  /** Removing what is not there is no error. */
  delete(key: string): Promise<void>
  /** Tries out that commits are safe here, leaving nothing behind; call it before writing. UNSUPPORTED_STORAGE where they are not. */
  probe(): Promise<void>
}
