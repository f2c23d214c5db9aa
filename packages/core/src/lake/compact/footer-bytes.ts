import { fstatSync, readSync } from 'node:fs'

const MAGIC = Buffer.from('PAR1')
/** What a footer of two or three row groups takes: it is read at once. */
const TAIL_BYTES = 32 * 1024

/**
 * Reads the footer of a Parquet file, in this thread: handing a few kilobytes over from another takes longer than reading them.
 *
 * @param file an open one on a local disk
 * @returns its bytes, and where it begins in the file: what is before it is data
 * Errors: TypeError where there is none, and those of the file system.
 */
export function readFooterBytes(file: number): { readonly bytes: Buffer; readonly dataEnd: number } {
  const { size } = fstatSync(file)
  const tail = readBytes(file, Math.max(0, size - TAIL_BYTES), size)
  const length = tail.subarray(-4).equals(MAGIC) && tail.length >= 8 ? tail.readUInt32LE(tail.length - 8) : size
  const dataEnd = size - 8 - length
  if (dataEnd < MAGIC.length) throw new TypeError('no Parquet file')
  const bytes = length + 8 <= tail.length ? tail.subarray(-8 - length, -8) : readBytes(file, dataEnd, size - 8)
  if (bytes.length < length) throw new TypeError('a file ends before its footer does')
  return { bytes, dataEnd }
}

function readBytes(file: number, from: number, to: number): Buffer {
  const buffer = Buffer.allocUnsafe(to - from)
  return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from))
}
