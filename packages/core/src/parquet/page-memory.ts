import { discard } from './discard.ts'

const SLAB_BYTES = 1 << 20

/**
 * Holds pages until they are written, in memory that serves again: what compressing leaves would count against the thread's garbage
 * collector until it has gone through all that is old.
 */
export class PageMemory {
  private readonly slabs: Uint8Array[] = []
  /** The slab that is being filled, and how far. */
  private current = 0
  private used = 0

  /** A copy that stays until `clear`; the page itself is gone. */
  keep(bytes: Uint8Array): Uint8Array {
    if (bytes.length > SLAB_BYTES) return bytes
    if (this.used + bytes.length > SLAB_BYTES) {
      this.current++
      this.used = 0
    }
    this.slabs[this.current] ??= new Uint8Array(SLAB_BYTES)
    const kept = this.slabs[this.current]!.subarray(this.used, this.used + bytes.length)
    kept.set(bytes)
    this.used += bytes.length
    discard(bytes)
    return kept
  }

  clear(): void {
    this.current = 0
    this.used = 0
  }
}
