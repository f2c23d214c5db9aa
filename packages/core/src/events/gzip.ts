import { createGunzip, gunzipSync } from 'node:zlib'
import type { Failed } from './outcome.ts'

/** True for bytes that begin as gzip does, whatever the file's name says. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Inflates a gzip file of any number of members into one buffer, checking every CRC.
 *
 * @returns `large` when there are more than `maxBytes` bytes; memory stays within a small multiple of that
 */
export function inflate(bytes: Uint8Array, maxBytes: number): Buffer | 'large' | Failed {
  const claimed = claimedLength(bytes)
  if (claimed > maxBytes) return 'large'
  try {
    // One output chunk of the right size spares joining many. The claim comes from the file: it is a hint, within bounds.
    const options = {
      chunkSize: Math.max(claimed + 8, 4096),
      maxOutputLength: Math.max(maxBytes, 1),
      info: true as const,
    }
    const { buffer, engine } = gunzipSync(bytes, options) as unknown as InflateInfo
    return checkTrailing(bytes, engine.bytesWritten) ?? buffer
  } catch (error) {
    return codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'large' : gzipFailure(error)
  }
}

interface InflateInfo {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

/** The length that the last member's trailer gives, modulo 2^32, as far as it can be true: a cut file ends in anything. */
function claimedLength(bytes: Uint8Array): number {
  if (bytes.length < 18) return 0
  const claimed = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true)
  return Math.min(claimed, bytes.length * MAX_DEFLATE_RATIO)
}

/** Deflate makes at most 258 bytes out of two bits. */
const MAX_DEFLATE_RATIO = 1032

/**
 * Inflates a gzip file, or passes on a plain one, in pieces of up to `pieceBytes` (64 or more).
 *
 * The generator returns undefined at a sound end, and the failure of a damaged file after its last piece.
 */
export async function* inflatePieces(
  bytes: Uint8Array,
  pieceBytes: number,
): AsyncGenerator<Buffer, Failed | undefined> {
  if (!isGzip(bytes)) {
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < whole.length; at += pieceBytes) yield whole.subarray(at, at + pieceBytes)
    return undefined
  }
  const gunzip = createGunzip({ chunkSize: pieceBytes })
  try {
    gunzip.end(bytes)
    for await (const piece of gunzip) yield piece as Buffer
    return checkTrailing(bytes, gunzip.bytesWritten)
  } catch (error) {
    return gzipFailure(error)
  } finally {
    gunzip.destroy()
  }
}

/** Zero bytes after the last member are padding; anything else may be what is left of a further one. */
function checkTrailing(bytes: Uint8Array, consumed: number): Failed | undefined {
  for (let i = consumed; i < bytes.length; i++) if (bytes[i] !== 0) return TRAILING
  return undefined
}

const TRAILING: Failed = { outcome: 'failed', code: 'TRAILING_DATA', reason: 'data after the end of the gzip stream' }

function gzipFailure(error: unknown): Failed {
  if (codeOf(error) === 'Z_BUF_ERROR') return { outcome: 'failed', code: 'TRUNCATED_GZIP', reason: 'truncated gzip' }
  const message = error instanceof Error ? error.message : ''
  // The first member's header begins as it should: this is what follows a member.
  if (message === 'incorrect header check') return TRAILING
  return {
    outcome: 'failed',
    code: 'CORRUPT_GZIP',
    reason: message === '' ? 'corrupt gzip' : `corrupt gzip: ${message}`,
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
