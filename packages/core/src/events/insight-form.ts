import { elements, isArray, isObject, type Member, members } from './json-text.ts'
import { pickMembers } from './normalize.ts'

/** Columns of the insights layout and the members of a trail's `insightDetails` that fill them. */
const detailsOfColumn = {
  insightSource: 'insightSource',
  insightState: 'state',
  insightEventSource: 'eventSource',
  insightEventName: 'eventName',
  insightErrorCode: 'errorCode',
  insightType: 'insightType',
} as const

const flatMembers = [...Object.keys(detailsOfColumn), 'insightContext', 'insightDetails']
const detailMembers = [...Object.values(detailsOfColumn), 'insightContext']
const contextMembers = ['statistics', 'attributions']
const statisticsMembers = ['baseline', 'insight', 'baselineDuration', 'insightDuration']
const attributionMembers = ['attribute', 'insight', 'baseline']
const valueMembers = ['value', 'average']

/**
 * Gives an Insights record as trails deliver it the flat members that event data stores have besides its own.
 *
 * A record that has such a member already keeps it; one without `insightDetails` comes back as it is.
 *
 * @param text a JSON object, valid and compact; the result is one too
 */
export function toInsightForm(text: string): string {
  const present = pickMembers(members(text), flatMembers)
  const details = present.get('insightDetails')
  if (details === undefined || !isObject(details)) return text
  const inner = pickMembers(members(details), detailMembers)
  const added: string[] = []
  for (const [column, member] of Object.entries(detailsOfColumn)) {
    const value = inner.get(member)
    if (value !== undefined && !present.has(column)) added.push(`"${column}":${value}`)
  }
  const context = inner.get('insightContext')
  if (context !== undefined && isObject(context) && !present.has('insightContext')) {
    added.push(`"insightContext":${contextText(context)}`)
  }
  return added.length === 0 ? text : `${text.slice(0, -1)},${added.join(',')}}`
}

function contextText(context: string): string {
  const { statistics, attributions } = pick(context, contextMembers)
  const { baseline, insight, baselineDuration, insightDuration } = pick(statistics, statisticsMembers)
  return objectText({
    baselineAverage: pick(baseline, valueMembers).average,
    insightAverage: pick(insight, valueMembers).average,
    baselineDuration,
    insightDuration,
    attributions:
      attributions !== undefined && isArray(attributions)
        ? `[${elements(attributions).map(attributionText).join(',')}]`
        : undefined,
  })
}

function attributionText(attribution: string): string {
  if (!isObject(attribution)) return 'null'
  const { attribute, insight, baseline } = pick(attribution, attributionMembers)
  const [firstInsight, firstBaseline] = [firstOf(insight), firstOf(baseline)]
  return objectText({
    attribute,
    insightValue: firstInsight.value,
    insightAverage: firstInsight.average,
    baselineValue: firstBaseline.value,
    baselineAverage: firstBaseline.average,
    insight,
    baseline,
  })
}

function firstOf(list: string | undefined): Readonly<Record<string, string | undefined>> {
  return pick(list !== undefined && isArray(list) ? elements(list)[0] : undefined, valueMembers)
}

/** The named members of an object; none of what is no object. */
function pick(object: string | undefined, keys: readonly string[]): Readonly<Record<string, string | undefined>> {
  const all: readonly Member[] = object !== undefined && isObject(object) ? members(object) : []
  return Object.fromEntries(pickMembers(all, keys))
}

function objectText(parts: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(parts).filter(([, value]) => value !== undefined)
  return `{${present.map(([key, value]) => `"${key}":${value}`).join(',')}}`
}
