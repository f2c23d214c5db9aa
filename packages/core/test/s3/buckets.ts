import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { S3Server } from './moto.ts'

let made = 0

/** Makes an empty bucket and gives its name. */
export async function newBucket({ client }: S3Server): Promise<string> {
  const bucket = `traillake-test-${++made}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  return bucket
}

export async function putObject({ client }: S3Server, bucket: string, key: string, body: Uint8Array | string) {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }))
}
