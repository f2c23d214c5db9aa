import type { ListedKey } from '../import/key-list.ts'

/**
 * The objects that a message tells of: none where it tells of something else than new objects; undefined where it cannot be understood.
 *
 * Understood are notifications of S3, those that SNS or EventBridge pass on, and those of CloudTrail itself by SNS.
 */
export function readNotification(body: string): readonly ListedKey[] | undefined {
  const message = parseObject(body)
  if (!message) return undefined
  // SNS, unless it delivers raw messages.
  if (message.Type === 'Notification' && typeof message.Message === 'string') return readNotification(message.Message)
  if (message.Event === 's3:TestEvent') return []
  if (Array.isArray(message.Records)) return readAll(message.Records, readRecord)
  if (message.source === 'aws.s3') return readEvent(message)
  const { s3Bucket, s3ObjectKey } = message
  if (typeof s3Bucket === 'string' && Array.isArray(s3ObjectKey))
    return readAll(s3ObjectKey, (key) => (typeof key === 'string' ? [{ uri: `s3://${s3Bucket}/${key}` }] : undefined))
  return undefined
}

type Json = Readonly<Record<string, unknown>>

/** All of them, or nothing is understood. */
function readAll(
  items: readonly unknown[],
  read: (item: unknown) => readonly ListedKey[] | undefined,
): readonly ListedKey[] | undefined {
  const found = items.map(read)
  return found.some((one) => one === undefined) ? undefined : found.flatMap((one) => one ?? [])
}

/** A record of a notification of S3; its key is encoded as in a form. */
function readRecord(item: unknown): readonly ListedKey[] | undefined {
  const { eventSource, eventName, eventTime, s3 } = asObject(item)
  if (eventSource !== 'aws:s3' || typeof eventName !== 'string') return undefined
  if (!eventName.startsWith('ObjectCreated:')) return []
  const { bucket, object } = asObject(s3)
  const { key, size, eTag } = asObject(object)
  const decoded = typeof key === 'string' ? decode(key) : undefined
  return keyOf(asObject(bucket).name, decoded, size, eTag, eventTime)
}

/** An event of EventBridge; its key is as it is. */
function readEvent(message: Json): readonly ListedKey[] | undefined {
  const { time, detail } = message
  if (message['detail-type'] !== 'Object Created') return []
  const { bucket, object } = asObject(detail)
  const { key, size, etag } = asObject(object)
  return keyOf(asObject(bucket).name, key, size, etag, time)
}

function keyOf(
  bucket: unknown,
  key: unknown,
  size: unknown,
  etag: unknown,
  time: unknown,
): readonly ListedKey[] | undefined {
  if (typeof bucket !== 'string' || typeof key !== 'string') return undefined
  const uri = `s3://${bucket}/${key}`
  const modifiedMs = typeof time === 'string' ? Date.parse(time) : Number.NaN
  const isComplete = typeof size === 'number' && typeof etag === 'string' && etag !== '' && !Number.isNaN(modifiedMs)
  return [{ uri, ...(isComplete ? { info: { size, etag, modifiedMs } } : {}) }]
}

function decode(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}
