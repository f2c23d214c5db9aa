import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { HeadObjectCommand, PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3'
import { TraillakeError } from '../../errors/index.ts'
import { statusOf } from './errors.ts'
import { pauseBefore } from './retry.ts'

/** Which write made an object: it tells our own earlier attempt, whose answer was lost, from somebody else's object. */
const WRITE_ID = 'traillake-write'

export interface S3Write {
  readonly bucket: string
  readonly key: string
  readonly requestPayer: { readonly RequestPayer?: 'requester' }
  readonly attempts: number
}

/** The bytes to write; a function where each attempt needs them anew. */
export type S3Body = Uint8Array | (() => Promise<Pick<PutObjectCommandInput, 'Body' | 'ContentLength'>>)

/**
 * Writes an object if there is none: one PUT with `If-None-Match: *`, never one without.
 *
 * 412 says that something is there, which may be what an earlier attempt of ours wrote; 409 that another conditional write is
 * under way; anything else, that nobody knows. What is there then decides, and where nothing is, the write is tried again.
 *
 * @returns false when there is an object of somebody else
 */
export async function putOnce(client: S3Client, write: S3Write, body: S3Body): Promise<boolean> {
  const writeId = randomUUID()
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(await putCommand(write, body, { IfNoneMatch: '*', Metadata: { [WRITE_ID]: writeId } }))
      return true
    } catch (error) {
      const status = statusOf(error)
      if (!isUnclear(status)) throw error
      if (status !== 409) {
        const found = await findWrite(client, write).catch(() => {
          throw error
        })
        if (found !== undefined) return found === writeId
      }
      // The client repeats such calls by itself, but for a stream.
      const isRepeated = (status === undefined || status >= 500) && typeof body !== 'function'
      if (isRepeated || attempt >= write.attempts) throw error
      await pauseBefore(attempt)
    }
  }
}

/** Answers that say clearly that nothing was written are errors; these say less. */
function isUnclear(status: number | undefined): boolean {
  return status === undefined || status === 409 || status === 412 || status >= 500
}

/** The id of the write that made an object, empty for one that another program made; undefined when there is none. */
async function findWrite(client: S3Client, write: S3Write): Promise<string | undefined> {
  const { bucket, key, requestPayer } = write
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...requestPayer }))
    return head.Metadata?.[WRITE_ID] ?? ''
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

export async function putOver(client: S3Client, write: S3Write, body: Uint8Array): Promise<void> {
  await client.send(await putCommand(write, body, {}))
}

async function putCommand(
  { bucket, key, requestPayer }: S3Write,
  body: S3Body,
  rules: Pick<PutObjectCommandInput, 'IfNoneMatch' | 'Metadata'>,
): Promise<PutObjectCommand> {
  const content = typeof body === 'function' ? await body() : { Body: body }
  return new PutObjectCommand({ Bucket: bucket, Key: key, ...content, ...requestPayer, ...rules })
}

/** A file up to this size is sent from memory, which the client can do again by itself; one beyond, as a stream. */
const MEMORY_BYTES = 16 * 1024 * 1024

export async function fileBody(path: string, size: number): Promise<S3Body> {
  if (size <= MEMORY_BYTES) return readFile(path)
  return async () => ({ Body: createReadStream(path), ContentLength: size })
}

/**
 * Tries out that a second conditional write of a key is refused, which every commit relies on.
 *
 * Errors: UNSUPPORTED_STORAGE, and what the SDK throws.
 */
export async function probeConditionalWrites(client: S3Client, write: S3Write, location: string): Promise<void> {
  const refuse = (reason: string, cause?: unknown) =>
    new TraillakeError('UNSUPPORTED_STORAGE', { location, reason }, { cause })
  const bytes = Buffer.from('traillake')
  try {
    if (!(await putOnce(client, write, bytes))) throw refuse('a new object is said to be there already')
  } catch (error) {
    if (statusOf(error) === 501) throw refuse('the store knows no conditional writes (If-None-Match)')
    throw error
  }
  let isRefused = false
  try {
    await client.send(await putCommand(write, bytes, { IfNoneMatch: '*' }))
  } catch (error) {
    if (statusOf(error) !== 412) throw error
    isRefused = true
  }
  if (!isRefused) throw refuse('the store ignores conditional writes (If-None-Match)')
}
