import { TraillakeError } from '../../errors/index.ts'
import type { S3Options } from '../s3/options.ts'
import type { MessageQueue } from './message-queue.ts'

/** Opens a queue by its URL; nothing is asked of it yet. Errors: INVALID_OPTION. */
export async function openQueue(url: string, options: S3Options = {}): Promise<MessageQueue> {
  if (typeof url !== 'string' || !/^https?:\/\/[^/@]+\/[^/]+\/[^/]+$/.test(url))
    throw new TraillakeError('INVALID_OPTION', {
      option: 'queue',
      reason: 'must be the URL of an SQS queue, such as https://sqs.us-east-1.amazonaws.com/111122223333/trail',
    })
  // The SDK takes a while to load: only those wait for it who have a queue.
  const { openSqsQueue } = await import('./queue.ts')
  return openSqsQueue(url, options)
}
