import type { CloudTrailClient, CloudTrailClientConfig } from '@aws-sdk/client-cloudtrail'
import type { PublicKey } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'

/** How to reach CloudTrail; what is absent comes from where every AWS program has it. */
export interface CloudTrailPlace {
  readonly region?: string
  readonly profile?: string
  readonly endpoint?: string
}

/** Loads the SDK only where CloudTrail is really asked, and frees its connections in the end. */
export async function withCloudTrail<T>(
  place: CloudTrailPlace,
  use: (client: CloudTrailClient, region: string) => Promise<T>,
): Promise<T> {
  const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail')
  const config: CloudTrailClientConfig = place
  const client = new CloudTrailClient(config)
  try {
    const region = await client.config.region().catch((error: unknown) => {
      throw new TraillakeError(
        'INVALID_OPTION',
        { option: '--regions', reason: place.region ? `names no region: ${place.region}` : 'is missing' },
        { cause: error, hint: 'name the region, or set AWS_REGION' },
      )
    })
    return await use(client, region)
  } finally {
    client.destroy()
  }
}

const UNUSABLE: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'TokenProviderError',
  'UnrecognizedClientException',
])

/**
 * Makes a call, and says of its failure what to do about it. The SDK's own error is not kept: it may hold what was sent.
 *
 * Errors: STORAGE_CREDENTIALS, STORAGE_DENIED, STORAGE_ERROR.
 */
export async function ask<T>(region: string, operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const { name, message } = error as Error
    const place = `CloudTrail in ${region}`
    if (UNUSABLE.has(name)) {
      const hint = 'sign in, or name a profile (--profile, AWS_PROFILE)'
      throw new TraillakeError(
        'STORAGE_CREDENTIALS',
        { place, problem: `are not to be had or not accepted (${name})` },
        { hint },
      )
    }
    if (name.startsWith('AccessDenied')) {
      const hint = `the caller needs cloudtrail:${operation}`
      throw new TraillakeError('STORAGE_DENIED', { operation: `call ${operation} of`, key: place }, { hint })
    }
    throw new TraillakeError('STORAGE_ERROR', {
      operation: `call ${operation} of`,
      key: place,
      reason: `${name}: ${message}`,
    })
  }
}

/** The keys with which CloudTrail signed in a region at a time. */
export function fetchPublicKeys(region: string, from: Date, to: Date): Promise<readonly PublicKey[]> {
  return withCloudTrail({ region }, (client) =>
    ask(region, 'ListPublicKeys', async () => {
      const { paginateListPublicKeys } = await import('@aws-sdk/client-cloudtrail')
      const keys: PublicKey[] = []
      for await (const page of paginateListPublicKeys({ client }, { StartTime: from, EndTime: to })) {
        for (const { Fingerprint, Value } of page.PublicKeyList ?? []) {
          if (Fingerprint === undefined || !Value) continue
          keys.push({ fingerprint: Fingerprint, value: Buffer.from(Value).toString('base64') })
        }
      }
      return keys
    }),
  )
}
