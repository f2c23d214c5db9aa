import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import { TraillakeError } from '../../errors/index.ts'
import type { GetOptions } from '../object-store.ts'
import { statusOf } from './errors.ts'
import { pauseBefore } from './retry.ts'

export interface S3Read extends GetOptions {
  readonly bucket: string
  readonly key: string
  readonly requestPayer: { readonly RequestPayer?: 'requester' }
  readonly attempts: number
  /** Of the object, for messages. */
  readonly uri: string
}

/**
 * Reads an object or a part of it. The client repeats a call whose answer never began; one that breaks off, or is shorter
 * than it said, is made again here.
 */
export async function readObject(client: S3Client, read: S3Read): Promise<Buffer> {
  const { range, signal, uri } = read
  for (let attempt = 1; ; attempt++) {
    const answer = await send(client, read)
    // Nothing of the object lies in the range.
    if (answer === undefined) return Buffer.alloc(0)
    if (read.ifMatch !== undefined && unquote(answer.ETag) !== read.ifMatch) {
      destroy(answer)
      throw new TraillakeError('SOURCE_CHANGED', { source: uri }, { hint: 'try again' })
    }
    read.onEtag?.(unquote(answer.ETag))
    try {
      const bytes = await bytesOf(answer, signal)
      const expected = answer.ContentLength
      if (expected !== undefined && bytes.length !== expected) {
        throw new Error(`${bytes.length} of ${expected} bytes came`)
      }
      // A store that takes no ranges sends the whole object.
      if (range && statusOf(answer) === 200) return bytes.subarray(range.start, range.start + range.length)
      return bytes
    } catch (error) {
      signal?.throwIfAborted()
      if (attempt >= read.attempts) throw error
      await pauseBefore(attempt, signal)
    }
  }
}

async function send(client: S3Client, read: S3Read): Promise<GetObjectCommandOutput | undefined> {
  const { bucket, key, range, ifMatch, signal, requestPayer } = read
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...requestPayer,
    ...(range ? { Range: `bytes=${range.start}-${range.start + range.length - 1}` } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
  })
  try {
    return await client.send(command, signal ? { abortSignal: signal } : {})
  } catch (error) {
    if (range && statusOf(error) === 416) return undefined
    throw error
  }
}

type NodeBody = AsyncIterable<Uint8Array> & { destroy(error?: Error): void }

async function bytesOf(answer: GetObjectCommandOutput, signal: AbortSignal | undefined): Promise<Buffer> {
  const body = answer.Body as unknown as NodeBody
  const stop = () => body.destroy(new Error('stopped'))
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const pieces: Uint8Array[] = []
    for await (const piece of body) pieces.push(piece)
    return Buffer.concat(pieces)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function destroy(answer: GetObjectCommandOutput): void {
  const body = answer.Body as unknown as NodeBody
  body.destroy()
}

/** Etags come in quotes. */
export function unquote(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '')
}
