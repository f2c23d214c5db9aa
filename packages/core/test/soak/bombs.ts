import { constants, deflateRawSync, gzipSync } from 'node:zlib'

const BLOCK = 64 * 1024 * 1024

/** One gzip member: a beginning, then so many bytes of one kind, then an end. Small on disk whatever its size. */
export function bombOf(begin: string, filling: number, gigabytes: number, end: string): Buffer {
  const blocks = Math.ceil((gigabytes * 1024 ** 3) / BLOCK)
  // Flushed blocks know nothing of one another: one of them can be repeated.
  const part = (bytes: Uint8Array | string) => deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH })
  const block = part(Buffer.alloc(BLOCK, filling))
  const header = gzipSync('').subarray(0, 10)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE((begin.length + blocks * BLOCK + end.length) % 2 ** 32, 4)
  // Its sum is not asked for: a reader that came to its end would have read all of it.
  return Buffer.concat([header, part(begin), ...Array<Buffer>(blocks).fill(block), deflateRawSync(end), trailer])
}

/** Many members of zeroes, each of them sound. */
export function bombOfMembers(gigabytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(BLOCK))
  return Buffer.concat(Array<Buffer>(Math.ceil((gigabytes * 1024 ** 3) / BLOCK)).fill(member))
}
