/** A dictionary grows no larger, in distinct numbers. */
const MOST_DISTINCT = 1024

/** The whole numbers of a column within a row group, of up to 53 bits. While few are distinct, `codes` says which comes where. */
export class NumberValues {
  count = 0
  isDictionary = true
  codes = new Int32Array(256)
  private values = new Float64Array(256)
  private readonly positions = new Map<number, number>()
  private last = Number.NaN
  private lastCode = 0
  private readonly scale: number

  /** @param scale what each number is multiplied by where it is written */
  constructor(scale: number) {
    this.scale = scale
  }

  get distinct(): number {
    return this.positions.size
  }

  add(value: number): void {
    if (this.count === this.values.length) this.grow()
    this.values[this.count] = value
    if (this.isDictionary) {
      if (value !== this.last) this.lastCode = this.codeOf(value)
      this.last = value
      this.codes[this.count] = this.lastCode
    }
    this.count++
  }

  /** The dictionary, or all numbers: eight bytes each. */
  plain(): Uint8Array {
    const all = this.isDictionary ? [...this.positions.keys()] : this.values.subarray(0, this.count)
    const bytes = new Uint8Array(all.length * 8)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < all.length; i++) putScaled(view, i * 8, all[i]!, this.scale)
    return bytes
  }

  bounds(): { readonly min: Uint8Array; readonly max: Uint8Array } | undefined {
    const { values, count, scale } = this
    if (count === 0) return undefined
    let [min, max] = [values[0]!, values[0]!]
    for (let i = 1; i < count; i++) {
      if (values[i]! < min) min = values[i]!
      else if (values[i]! > max) max = values[i]!
    }
    return { min: scaled(min, scale), max: scaled(max, scale) }
  }

  clear(): void {
    this.count = 0
    this.isDictionary = true
    this.positions.clear()
    this.last = Number.NaN
  }

  private codeOf(value: number): number {
    let code = this.positions.get(value)
    if (code === undefined) {
      code = this.positions.size
      this.positions.set(value, code)
      this.isDictionary = code < MOST_DISTINCT
    }
    return code
  }

  private grow(): void {
    const values = new Float64Array(this.count * 2)
    const codes = new Int32Array(this.count * 2)
    values.set(this.values)
    codes.set(this.codes)
    this.values = values
    this.codes = codes
  }
}

function scaled(value: number, scale: number): Uint8Array {
  const bytes = new Uint8Array(8)
  putScaled(new DataView(bytes.buffer), 0, value, scale)
  return bytes
}

/** Puts value times scale as a little-endian 64-bit number: microseconds of the year 9999 need more bits than a double has. */
function putScaled(view: DataView, at: number, value: number, scale: number): void {
  const high = Math.floor(value / 4_294_967_296)
  const low = (value - high * 4_294_967_296) * scale
  const carry = Math.floor(low / 4_294_967_296)
  view.setUint32(at, low - carry * 4_294_967_296, true)
  view.setInt32(at + 4, high * scale + carry, true)
}
