import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { KEYS, type S3Server } from './moto.ts'

export interface TestQueue {
  readonly url: string
  send(body: string): Promise<unknown>
  /** Messages that are not deleted, hidden ones among them. */
  length(): Promise<number>
}

let made = 0

/** Makes a queue at the server; what was received and not deleted comes again after two seconds. */
export async function newQueue({ endpoint }: S3Server): Promise<TestQueue> {
  const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials: KEYS })
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: `trail-${++made}`, Attributes: { VisibilityTimeout: '2' } }),
  )
  return {
    url,
    send: (MessageBody) => sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody })),
    async length() {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
      )
      return names.reduce((sum, name) => sum + Number(Attributes[name]), 0)
    },
  }
}
