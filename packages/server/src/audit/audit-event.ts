import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Lake } from '@traillake/core'
import type { Caller } from '../auth/caller.ts'

/** What is known of a call when it is answered. */
export interface AuditedCall {
  readonly source: string
  readonly operation: string
  /** Undefined when it was not found out. */
  readonly caller: Caller | undefined
  readonly address: string
  readonly headers: IncomingHttpHeaders
  readonly input: unknown
  /** Ids that the answer gave; never rows. */
  readonly output?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: string; readonly message: string }
  readonly requestId: string
  readonly at: Date
}

const READS = /^(?:Get|List|Describe|Lookup|Search|Query|Translate|Complete|Watch)/
/** Members of answers that name what was made or started. */
const NAMED = ['QueryId', 'ImportId', 'EventDataStoreArn']
const MESSAGE_LENGTH = 1000

/** A record of the form that CloudTrail itself writes, about a call of this server. */
export function auditEvent(lake: Lake, call: AuditedCall): object {
  const { caller } = call
  const named = NAMED.filter((name) => call.output?.[name] !== undefined)
  return {
    eventVersion: '1.11',
    userIdentity: caller
      ? {
          type: 'IAMUser',
          principalId: caller.name,
          arn: `arn:${lake.partition}:iam::${caller.accountId}:user/${caller.name}`,
          accountId: caller.accountId,
          accessKeyId: caller.name,
          userName: caller.name,
        }
      : { type: 'Unknown' },
    eventTime: `${call.at.toISOString().slice(0, 19)}Z`,
    eventSource: call.source,
    eventName: call.operation,
    awsRegion: lake.region,
    sourceIPAddress: call.address,
    userAgent: call.headers['user-agent'] ?? '',
    ...(call.error ? { errorCode: call.error.code, errorMessage: call.error.message.slice(0, MESSAGE_LENGTH) } : {}),
    requestParameters: camelCase(call.input),
    responseElements:
      named.length === 0 ? null : Object.fromEntries(named.map((name) => [lowerFirst(name), call.output![name]])),
    requestID: call.requestId,
    eventID: randomUUID(),
    readOnly: READS.test(call.operation),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: lake.accountId,
    eventCategory: 'Management',
  }
}

function camelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [lowerFirst(name), camelCase(member)]))
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
