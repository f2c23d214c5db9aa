import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { EventDataStore, Lake } from '@traillake/core'
import { type AuditEvent, checkEvent, type EventFault } from './check-event.ts'

export interface PutResult {
  readonly successful: readonly { readonly id: string; readonly eventID: string }[]
  readonly failed: readonly { readonly id: string; readonly errorCode: string; readonly errorMessage: string }[]
}

/**
 * Takes events of other applications into an activity store. They are durable in the lake, raw and as rows, when it returns.
 *
 * One event in bad form does not keep the others out.
 */
export async function putEvents(
  lake: Lake,
  store: EventDataStore,
  channelArn: string,
  events: readonly AuditEvent[],
  now: Date,
): Promise<PutResult> {
  const successful: { id: string; eventID: string }[] = []
  const failed: PutResult['failed'][number][] = []
  const records: object[] = []
  const ingestionTime = `${now.toISOString().slice(0, 19)}Z`
  const fail = (id: string, { code, message }: EventFault) =>
    failed.push({ id, errorCode: code, errorMessage: message })
  for (const event of events) {
    const checked = checkEvent(event, lake.accountId)
    if ('code' in checked) {
      fail(event.id, checked)
      continue
    }
    const eventID = randomUUID()
    successful.push({ id: event.id, eventID })
    records.push({
      eventVersion: '1.0',
      eventCategory: 'ActivityAuditLog',
      eventType: 'ActivityLog',
      eventID,
      eventTime: checked.time,
      awsRegion: lake.region,
      recipientAccountId: lake.accountId,
      metadata: { ingestionTime, channelARN: channelArn },
      eventData: checked.data,
    })
  }
  if (records.length > 0) {
    const bytes = await promisify(gzip)(JSON.stringify({ Records: records }))
    const source = await lake.received.write(store.id, `${randomUUID()}.json.gz`, bytes)
    const { kept } = await lake.import(source, { into: store.id, workers: 1 })
    if (kept !== records.length) throw new Error(`${records.length} audit events came, ${kept} were kept`)
  }
  return { successful, failed }
}
