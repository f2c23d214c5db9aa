import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import type { S3Options } from './options.ts'

export interface S3Limits {
  /** How long a connection may be silent before the call is made again. */
  readonly silentMs?: number
  /** How often a call is made at most. */
  readonly attempts?: number
}

/** Connections at once: calls beyond wait. */
const CONNECTIONS = 64
export const DEFAULT_SILENT_MS = 30_000
export const DEFAULT_ATTEMPTS = 6

const silently = () => undefined
/** What goes wrong is in the errors; the client would write to the console of whoever uses the library. */
const NO_LOG = { trace: silently, debug: silently, info: silently, warn: silently, error: silently }

/**
 * A client for one set of options. Answers of 5xx, resets and requests to slow down are tried again by itself, with growing
 * random pauses. A bucket of another region is found by the redirect that S3 gives.
 */
export function createS3Client(options: S3Options, limits: S3Limits): S3Client {
  const { region, endpoint, forcePathStyle, profile, credentials } = options
  const silentMs = limits.silentMs ?? DEFAULT_SILENT_MS
  const agent = { keepAlive: true, maxSockets: CONNECTIONS }
  const config: S3ClientConfig = {
    maxAttempts: limits.attempts ?? DEFAULT_ATTEMPTS,
    retryMode: 'standard',
    logger: NO_LOG,
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: Math.min(10_000, silentMs),
      socketTimeout: silentMs,
      httpAgent: agent,
      httpsAgent: agent,
      // Calls are meant to wait for a connection.
      socketAcquisitionWarningTimeout: 0x7fff_ffff,
    },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
    // Other stores than Amazon's have no regions, and nobody should have to make one up.
    ...(region === undefined && endpoint !== undefined ? { region: process.env.AWS_REGION ?? 'us-east-1' } : {}),
  }
  return new S3Client(config)
}
