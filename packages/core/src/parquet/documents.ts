import type { Compress } from './column-chunk.ts'
import type { ColumnsMemory } from './columns-memory.ts'

/** A page that is ready to be written. */
export interface PackedPage {
  readonly body: Uint8Array
  readonly uncompressed: number
  readonly values: number
}

/** A page ends with the text that reaches this size. */
export const PAGE_BYTES = 1 << 20

/**
 * Large texts of which hardly two are equal, one a row and none NULL: a page is compressed as soon as it is full, so that never
 * more than one of them is held as it is.
 */
export class Documents {
  private readonly memory: ColumnsMemory
  private readonly at: number
  private readonly compress: Compress
  private pages: PackedPage[] = []

  /** @param at the place of their column in memory */
  constructor(memory: ColumnsMemory, at: number, compress: Compress) {
    this.memory = memory
    this.at = at
    this.compress = compress
  }

  add(text: Uint8Array): void {
    this.memory.input(text)
    this.memory.wasm.addDocument(this.at, text.length)
    this.endFullPage()
  }

  /** Makes a page of what there is behind the last one, once it is as large as one. */
  endFullPage(): void {
    if (this.memory.describe(this.at).used >= PAGE_BYTES) this.endPage()
  }

  /** The same, however little it is. */
  endPage(): void {
    const { memory, at } = this
    const { count, place, used } = memory.describe(at)
    if (count === 0) return
    const body = memory.bytes.subarray(memory.wasm.headDocuments(at), place + used)
    this.pages.push({ body: this.compress(body), uncompressed: body.length, values: count })
    memory.wasm.nextPage(at)
  }

  /** How many there are in pages. */
  get paged(): number {
    return this.pages.reduce((sum, { values }) => sum + values, 0)
  }

  /** All pages since the last call. */
  take(): readonly PackedPage[] {
    const { pages } = this
    this.pages = []
    return pages
  }
}
