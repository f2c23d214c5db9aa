import { openTar } from './tar.ts'
import { openZip } from './zip.ts'

/** A file in an archive. */
export interface ArchiveMember {
  /** `/` between folders; never used as a path. Two members of one archive never have the same name here. */
  readonly name: string
  /** Bytes, as the archive says. */
  readonly size: number
}

/** A member on the local disk, as it is or in gzip, or why it is not there. */
export type Extracted = { readonly path: string } | { readonly damage: string }

/** An archive that is read member by member. */
export interface Archive {
  /** In the order of the archive; folders and links are none. */
  readonly members: readonly ArchiveMember[]
  /** What keeps others from being read; lower case, no final period. */
  readonly damage: string | undefined
  /**
   * Unpacks a member, to `path` where it does not lie on the disk already. Only what the archive says of it and its sum are checked:
   * what is in it is the reader's to judge.
   */
  extract(member: number, path: string): Promise<Extracted>
  /** Frees what listing and unpacking took; whoever wants a member after that waits a little longer. */
  rest(): Promise<void>
}

export interface ArchiveOptions {
  /** A local folder for what cannot be read in any order. */
  readonly folder: string
  readonly signal?: AbortSignal
}

const ZIP = /\.zip$/i
const TAR = /\.(?:tar|tar\.gz|tgz)$/i

/** Archives are told by their names. */
export function isArchive(key: string): boolean {
  return ZIP.test(key) || TAR.test(key)
}

/**
 * Opens an archive on the local disk. One that is damaged has the members that can be found.
 *
 * Errors: those of the disk, and what the signal is aborted with; of `extract` also SOURCE_CHANGED.
 */
export function openArchive(path: string, options: ArchiveOptions): Promise<Archive> {
  return ZIP.test(path) ? openZip(path) : openTar(path, options)
}
