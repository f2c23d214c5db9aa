import type { RecordBatch } from '../../events/index.ts'
import { discard } from '../../parquet/index.ts'

const SLAB_BYTES = 4 * 1024 * 1024

/**
 * Memory that the texts and tapes of batches are held in until they are written, and that serves again afterwards.
 *
 * V8 goes through all objects of a thread each time that 64 MB of buffers have come up: what inflating leaves is to be gone before that.
 */
export class TextMemory {
  private readonly free: ArrayBuffer[] = []

  /** For one batch. */
  lease(): HeldTexts {
    return new HeldTexts(this.free)
  }
}

/** Texts of one batch. */
export class HeldTexts {
  private readonly free: ArrayBuffer[]
  private slabs: ArrayBuffer[] = []
  /** Of the last slab. */
  private used = SLAB_BYTES

  /** @param free slabs that nobody uses: taken from there, given back to there */
  constructor(free: ArrayBuffer[]) {
    this.free = free
  }

  /**
   * The same records, whose text and tape lie here; those of a text larger than a slab have memory of their own.
   *
   * @param isOurs nobody else points into the text as it was: it is freed once it is copied
   */
  hold(batch: RecordBatch, isOurs = false): RecordBatch {
    const { raw, tape } = batch
    const needed = tape.byteLength + ((raw.length + 3) & ~3)
    if (needed > SLAB_BYTES) return batch.movedTo(raw, tape.slice())
    if (this.used + needed > SLAB_BYTES) {
      this.slabs.push(this.free.pop() ?? new ArrayBuffer(SLAB_BYTES))
      this.used = 0
    }
    const slab = this.slabs.at(-1)!
    const heldTape = new Int32Array(slab, this.used, tape.length)
    const heldRaw = Buffer.from(slab, this.used + tape.byteLength, raw.length)
    heldTape.set(tape)
    heldRaw.set(raw)
    this.used += needed
    if (isOurs) discard(raw)
    return batch.movedTo(heldRaw, heldTape)
  }

  /** Gives the memory back: what was held must not be looked at any more. */
  release(): void {
    this.free.push(...this.slabs)
    this.slabs = []
    this.used = SLAB_BYTES
  }
}
