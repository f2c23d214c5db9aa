import { createHash } from 'node:crypto'

/** Why one event of a request is not taken; codes are those of the CloudTrail data API. */
export interface EventFault {
  readonly code:
    | 'FieldTooLong'
    | 'FieldNotFound'
    | 'InvalidChecksum'
    | 'InvalidData'
    | 'InvalidRecipient'
    | 'InternalFailure'
  readonly message: string
}

export interface AuditEvent {
  readonly id: string
  /** JSON text. */
  readonly eventData: string
  readonly eventDataChecksum?: string
}

type Json = Readonly<Record<string, unknown>>

interface Field {
  readonly path: readonly string[]
  /** Characters of a text. */
  readonly max?: number
  /** Bytes of an object's JSON text. */
  readonly maxBytes?: number
  readonly required?: true
}

const KB = 1024
/** Members of `eventData` with their published limits. */
const fields: readonly Field[] = [
  { path: ['version'], max: 256, required: true },
  { path: ['userIdentity', 'type'], max: 128, required: true },
  { path: ['userIdentity', 'principalId'], max: 1024, required: true },
  { path: ['userAgent'], max: 1024 },
  { path: ['eventSource'], max: 1024, required: true },
  { path: ['eventName'], max: 1024, required: true },
  { path: ['eventTime'], max: 64, required: true },
  { path: ['UID'], max: 1024, required: true },
  { path: ['requestParameters'], maxBytes: 100 * KB },
  { path: ['responseElements'], maxBytes: 100 * KB },
  { path: ['additionalEventData'], maxBytes: 28 * KB },
  { path: ['errorCode'], max: 256 },
  { path: ['errorMessage'], max: 256 },
  { path: ['recipientAccountId'], max: 16, required: true },
]

/** The event's time and data when it can be taken, else why not. @param accountId whose events these must be */
export function checkEvent(
  event: AuditEvent,
  accountId: string,
): { readonly data: Json; readonly time: string } | EventFault {
  if (event.eventDataChecksum !== undefined) {
    const sum = createHash('sha256').update(event.eventData).digest('base64')
    if (sum !== event.eventDataChecksum) {
      return { code: 'InvalidChecksum', message: 'eventDataChecksum is not the Base64 SHA-256 of eventData' }
    }
  }
  let data: unknown
  try {
    data = JSON.parse(event.eventData)
  } catch {
    return { code: 'InvalidData', message: 'eventData is no JSON text' }
  }
  if (!isObject(data)) return { code: 'InvalidData', message: 'eventData is no JSON object' }
  for (const field of fields) {
    const fault = checkField(data, field)
    if (fault) return fault
  }
  if (data.recipientAccountId !== accountId) {
    return { code: 'InvalidRecipient', message: `recipientAccountId must be ${accountId}, the owner of the channel` }
  }
  const text = data.eventTime as string
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$/.test(text)
    ? new Date(text.endsWith('Z') ? text : `${text}Z`)
    : undefined
  if (time === undefined || Number.isNaN(time.getTime())) {
    return { code: 'InvalidData', message: 'eventTime must have the form yyyy-MM-DDTHH:mm:ssZ, in UTC' }
  }
  return { data, time: `${time.toISOString().slice(0, 19)}Z` }
}

function checkField(data: Json, { path, max, maxBytes, required }: Field): EventFault | undefined {
  const name = path.join('.')
  const value = path.reduce<unknown>(
    (at, step) => (isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined),
    data,
  )
  if (value === undefined || value === null) {
    return required ? { code: 'FieldNotFound', message: `${name} is missing` } : undefined
  }
  if (max !== undefined) {
    if (typeof value !== 'string') return { code: 'InvalidData', message: `${name} must be a text` }
    return value.length > max ? { code: 'FieldTooLong', message: `${name} has more than ${max} characters` } : undefined
  }
  if (!isObject(value)) return { code: 'InvalidData', message: `${name} must be an object` }
  return Buffer.byteLength(JSON.stringify(value)) > maxBytes!
    ? { code: 'FieldTooLong', message: `${name} has more than ${maxBytes} bytes` }
    : undefined
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
