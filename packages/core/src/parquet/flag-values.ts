/** The booleans of a column within a row group. */
export class FlagValues {
  count = 0
  private set = 0
  private bits = new Uint8Array(64)

  add(value: boolean): void {
    if (this.count === this.bits.length * 8) {
      const larger = new Uint8Array(this.bits.length * 2)
      larger.set(this.bits)
      this.bits = larger
    }
    if (value) {
      this.bits[this.count >> 3]! |= 1 << (this.count & 7)
      this.set++
    }
    this.count++
  }

  /** All of them, a bit each. */
  plain(): Uint8Array {
    return this.bits.subarray(0, (this.count + 7) >> 3)
  }

  bounds(): { readonly min: Uint8Array; readonly max: Uint8Array } | undefined {
    if (this.count === 0) return undefined
    return { min: Uint8Array.of(this.set === this.count ? 1 : 0), max: Uint8Array.of(this.set > 0 ? 1 : 0) }
  }

  clear(): void {
    this.bits.fill(0)
    this.count = 0
    this.set = 0
  }
}
