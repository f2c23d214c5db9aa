import type { CloudTrailClient, CloudTrailClientConfig } from '@aws-sdk/client-cloudtrail'
import type { PublicKey } from '@traillake/core'

/** Loads the SDK only where CloudTrail is really asked. Credentials, profile and endpoint come from where every AWS program has them. */
export async function openCloudTrail(config: CloudTrailClientConfig): Promise<CloudTrailClient> {
  const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail')
  return new CloudTrailClient(config)
}

/** The keys with which CloudTrail signed in a region at a time. */
export async function fetchPublicKeys(region: string, from: Date, to: Date): Promise<readonly PublicKey[]> {
  const { paginateListPublicKeys } = await import('@aws-sdk/client-cloudtrail')
  const client = await openCloudTrail({ region })
  const keys: PublicKey[] = []
  try {
    for await (const page of paginateListPublicKeys({ client }, { StartTime: from, EndTime: to })) {
      for (const { Fingerprint, Value } of page.PublicKeyList ?? []) {
        if (Fingerprint === undefined || !Value) continue
        keys.push({ fingerprint: Fingerprint, value: Buffer.from(Value).toString('base64') })
      }
    }
  } finally {
    client.destroy()
  }
  return keys
}
