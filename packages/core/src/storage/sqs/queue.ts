import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { TraillakeError } from '../../errors/index.ts'
import { s3Error, statusOf } from '../s3/errors.ts'
import type { S3Options } from '../s3/options.ts'
import type { MessageQueue, QueueMessage } from './message-queue.ts'

/** Messages in one answer, and in one request to delete: no more are possible. */
const MESSAGES_A_CALL = 10
const ATTEMPTS = 6

/**
 * A queue of SQS by its URL. Errors of its calls: STORAGE_CREDENTIALS, STORAGE_DENIED, SOURCE_NOT_FOUND, STORAGE_ERROR, CANCELLED. No message
 * holds a key or token.
 *
 * @param options `region`, `profile` and `credentials` count; the region is that of the URL where it is Amazon's
 */
export function openSqsQueue(url: string, options: S3Options): MessageQueue {
  const { profile, credentials } = options
  const amazons = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\./.exec(url)?.[1]
  // Other servers than Amazon's have no regions, and nobody should have to make one up.
  const region = amazons ?? options.region ?? process.env.AWS_REGION ?? 'us-east-1'
  const client = new SQSClient({
    maxAttempts: ATTEMPTS,
    endpoint: new URL(url).origin,
    region,
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
  })

  const attempt = async <T>(
    operation: 'receive from' | 'delete from',
    work: () => Promise<T>,
    signal?: AbortSignal,
  ) => {
    try {
      return await work()
    } catch (error) {
      throw queueError(error, operation, url, signal)
    }
  }

  return {
    receive: ({ waitSeconds, signal }) =>
      attempt(
        'receive from',
        async () => {
          const { Messages = [] } = await client.send(
            new ReceiveMessageCommand({
              QueueUrl: url,
              MaxNumberOfMessages: MESSAGES_A_CALL,
              WaitTimeSeconds: waitSeconds,
            }),
            signal ? { abortSignal: signal } : {},
          )
          return Messages.map(
            ({ MessageId = '', ReceiptHandle = '', Body = '' }): QueueMessage => ({
              id: MessageId,
              receipt: ReceiptHandle,
              body: Body,
            }),
          )
        },
        signal,
      ),
    delete: (messages) =>
      attempt('delete from', async () => {
        for (let at = 0; at < messages.length; at += MESSAGES_A_CALL) {
          const Entries = messages
            .slice(at, at + MESSAGES_A_CALL)
            .map(({ receipt }, i) => ({ Id: String(i), ReceiptHandle: receipt }))
          // One that is not deleted comes again: what it names is known then.
          await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }))
        }
      }),
    close: () => client.destroy(),
  }
}

function queueError(error: unknown, operation: string, url: string, signal: AbortSignal | undefined): TraillakeError {
  const name = error instanceof Error ? error.name : ''
  const cause = new Error(name)
  if (/QueueDoesNotExist|NonExistentQueue/.test(name))
    return new TraillakeError('SOURCE_NOT_FOUND', { source: url }, { cause })
  if (name.includes('AccessDenied') || statusOf(error) === 403) {
    const hint =
      'it needs sqs:ReceiveMessage and sqs:DeleteMessage, and kms:Decrypt for a queue that is encrypted with a key'
    return new TraillakeError('STORAGE_DENIED', { operation, key: url }, { cause, hint })
  }
  return s3Error(error, { operation: 'read', bucket: url, uri: url, signal })
}
