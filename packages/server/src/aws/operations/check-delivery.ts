import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isTraillakeError } from '@traillake/core/errors'
import { type Place, probeS3, resolveLocation } from '../../buckets.ts'
import { AwsFault } from '../faults.ts'
import type { Call } from '../operation.ts'

/** Refuses a `DeliveryS3Uri` that names no place, or one that the server surely may not write to. */
export async function checkDelivery({ context }: Call, uri: string): Promise<void> {
  const place = resolveLocation(context.buckets, uri)
  if (place === 'unknown') throw noBucket(uri)
  if (typeof place === 'string') {
    throw new AwsFault('InvalidS3PrefixException', `${uri} is no place inside what this server delivers into.`)
  }
  try {
    await checkPlace(place)
  } catch (cause) {
    if (isTraillakeError(cause, 'BUCKET_NOT_FOUND')) throw noBucket(uri, cause)
    throw new AwsFault('InsufficientS3BucketPolicyException', `The server may not write to ${uri}.`, { cause })
  }
}

/** In S3 it shows in the end whether the server may write; a folder tells at once. */
async function checkPlace({ location, s3 }: Place): Promise<void> {
  if (s3) return probeS3({ location, s3 })
  // The folder itself may have to be made: then the nearest one above it decides.
  let folder = location
  while (!statSync(folder, { throwIfNoEntry: false })) folder = dirname(folder)
  accessSync(folder, constants.W_OK)
}

function noBucket(uri: string, cause?: unknown): AwsFault {
  const name = /^s3:\/\/([^/]+)/.exec(uri)?.[1] ?? uri
  return new AwsFault(
    'S3BucketDoesNotExistException',
    `There is no bucket ${name} that this server knows (traillake serve --bucket).`,
    { cause },
  )
}
