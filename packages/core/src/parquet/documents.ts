import type { Compress } from './column-chunk.ts'
import { withRoom } from './grow.ts'
import { packRun } from './run-length.ts'

/** A page that is ready to be written. */
export interface PackedPage {
  readonly body: Uint8Array
  readonly uncompressed: number
  readonly values: number
}

/** A page ends with the text that reaches this size. */
export const PAGE_BYTES = 1 << 20
/** Room before the texts for their levels: four bytes of length, a number, a level. */
const HEAD = 16

/**
 * Large texts of which hardly two are equal, one a row and none NULL: a page is compressed as soon as it is full, so that never
 * more than one of them is held as it is.
 */
export class Documents {
  readonly compress: Compress
  count = 0
  private bytes = Buffer.allocUnsafe(PAGE_BYTES + (1 << 18))
  private used = HEAD
  private inPage = 0
  private pages: PackedPage[] = []

  constructor(compress: Compress) {
    this.compress = compress
  }

  add(from: Uint8Array, start: number, length: number): void {
    this.bytes = withRoom(this.bytes, this.used, 4 + length)
    this.bytes.writeUInt32LE(length, this.used)
    this.bytes.set(from.subarray(start, start + length), this.used + 4)
    this.used += 4 + length
    this.inPage++
    this.count++
    if (this.used >= PAGE_BYTES) this.endPage()
  }

  /** All pages since the last call. */
  take(): readonly PackedPage[] {
    if (this.inPage > 0) this.endPage()
    const { pages } = this
    this.pages = []
    this.count = 0
    return pages
  }

  private endPage(): void {
    const levels = Buffer.alloc(HEAD)
    const end = packRun(1, this.inPage, 1, levels, 4)
    levels.writeUInt32LE(end - 4, 0)
    this.bytes.set(levels.subarray(0, end), HEAD - end)
    const body = this.bytes.subarray(HEAD - end, this.used)
    this.pages.push({ body: this.compress(body), uncompressed: body.length, values: this.inPage })
    this.used = HEAD
    this.inPage = 0
  }
}
