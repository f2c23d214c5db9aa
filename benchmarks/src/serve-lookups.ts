import { call } from './serve-process.ts'
import { quantile } from './statistics.ts'

interface Event {
  readonly EventId: string
  readonly Username?: string
  readonly AccessKeyId?: string
  readonly EventName: string
  readonly EventSource: string
  readonly ReadOnly: string
  readonly Resources: readonly { readonly ResourceType: string; readonly ResourceName: string }[]
}

const DAY_S = 86_400
/** Pages that are turned one after the other. */
const PAGES = 200

/** The window of 90 days that ends with the newest event of a lake; what the server notes of the calls themselves is newer. */
export function historyWindow(newestMs: number): { readonly StartTime: number; readonly EndTime: number } {
  const EndTime = Math.floor(newestMs / 1000)
  return { StartTime: EndTime - 90 * DAY_S, EndTime }
}

/** Times of LookupEvents, pages of 50: one page after the other, and each attribute for a value that there is and one that there is not. */
export async function measureLookups(port: number, newestMs: number): Promise<readonly (readonly [string, string])[]> {
  const window = historyWindow(newestMs)
  async function page(input: object): Promise<{ ms: number; events: readonly Event[]; token: string | undefined }> {
    const from = performance.now()
    const { status, body } = await call(port, 'LookupEvents', { ...window, ...input })
    if (status !== 200) throw new Error(JSON.stringify(body))
    return { ms: performance.now() - from, events: body.Events as Event[], token: body.NextToken as string | undefined }
  }

  const times: number[] = []
  let model: Event | undefined
  let token: string | undefined
  for (let turned = 0; turned < PAGES && (turned === 0 || token); turned++) {
    const { ms, events, token: next } = await page(token ? { NextToken: token } : {})
    times.push(ms)
    model ??= events.find((event) => event.Username && event.AccessKeyId && event.Resources.length > 0)
    token = next
  }
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length
  const figures: [string, string][] = [
    ['LookupEvents, first page', ms(times[0]!)],
    [
      `LookupEvents, ${times.length} pages one after the other`,
      `mean ${ms(mean)}, median ${ms(quantile(times, 0.5))}, p95 ${ms(quantile(times, 0.95))}, most ${ms(Math.max(...times))}`,
    ],
  ]
  if (!model) throw new Error('no event has all attributes')
  const { ResourceType, ResourceName } = model.Resources[0]!
  const { EventId, EventName, EventSource, ReadOnly, Username, AccessKeyId } = model
  const wanted = { EventId, EventName, EventSource, ReadOnly, Username, AccessKeyId, ResourceType, ResourceName }
  for (const [AttributeKey, value] of Object.entries(wanted)) {
    const by = (AttributeValue = 'none') => ({ LookupAttributes: [{ AttributeKey, AttributeValue }] })
    const first = await page(by(value))
    const again = await page(by(value))
    const next = first.token ? `, next page ${ms((await page({ ...by(value), NextToken: first.token })).ms)}` : ''
    const none = await page(by())
    if (first.events.length === 0 || none.events.length > 0) throw new Error(`${AttributeKey} finds the wrong events`)
    figures.push([
      `LookupEvents by ${AttributeKey}`,
      `first ${ms(first.ms)}, again ${ms(again.ms)}${next}; a value that no event has ${ms(none.ms)}, again ${ms((await page(by())).ms)}`,
    ])
  }
  return figures
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}
