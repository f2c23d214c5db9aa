import { TraillakeError } from '../errors/index.ts'
import type { BasicEventSelector } from '../schema/selectors.ts'
import type { SelectableEvent } from './selectable.ts'
import type { EventFilter } from './selectors.ts'

const MAX_SELECTORS = 5
const MAX_DATA_RESOURCES = 250
const excludable = ['kms.amazonaws.com', 'rdsdata.amazonaws.com']

/** Resource types of basic selectors and the service in their ARNs; a bare `arn:aws:<service>` stands for all of them. */
const services: Readonly<Record<string, string>> = {
  'AWS::S3::Object': 's3',
  'AWS::Lambda::Function': 'lambda',
  'AWS::DynamoDB::Table': 'dynamodb',
}

/**
 * The filter of a trail's basic event selectors that have been checked (`checkBasicSelectors`): an event matches when it
 * matches one of them. Network activity events never do; Insights events always do, for these selectors do not govern them.
 */
export function basicFilter(selectors: readonly BasicEventSelector[]): EventFilter {
  return (event) => {
    if (event.category === 'Insight') return true
    if (event.category === 'Management') return selectors.some((selector) => selectsManagement(selector, event))
    return event.category === 'Data' && selectors.some((selector) => selectsData(selector, event))
  }
}

function selectsManagement(selector: BasicEventSelector, event: SelectableEvent): boolean {
  const { IncludeManagementEvents: isIncluded = true, ExcludeManagementEventSources: excluded = [] } = selector
  if (!isIncluded || !selectsReadWrite(selector, event)) return false
  return excluded.length === 0 || !excluded.includes(event.text('eventSource') ?? '')
}

function selectsData(selector: BasicEventSelector, event: SelectableEvent): boolean {
  const { DataResources: wanted = [] } = selector
  if (wanted.length === 0 || !selectsReadWrite(selector, event)) return false
  return event.resources.some(({ type, arn }) =>
    wanted.some(({ Type, Values }) => Type === type && Values.some((value) => selectsArn(Type, value, arn))),
  )
}

/** An event that does not say whether it only read is chosen by `All` alone. */
function selectsReadWrite({ ReadWriteType: wanted = 'All' }: BasicEventSelector, event: SelectableEvent): boolean {
  return wanted === 'All' || event.text('readOnly') === String(wanted === 'ReadOnly')
}

function selectsArn(type: string, value: string, arn: string | undefined): boolean {
  if (isAll(type, value)) return true
  if (arn === undefined) return false
  if (type !== 'AWS::S3::Object') return arn === value
  // A bucket without the slash is that bucket, not every one whose name begins so.
  return arn.startsWith(value.includes('/') ? value : `${value}/`)
}

function isAll(type: string, value: string): boolean {
  return new RegExp(`^arn:aws[a-z-]*:${services[type]}(?::::?)?$`).test(value)
}

/**
 * Checks a list of basic event selectors, as it comes from outside, against the rules of AWS.
 *
 * @returns the list, typed
 * Throws INVALID_EVENT_SELECTORS with the reason.
 */
export function checkBasicSelectors(value: unknown): readonly BasicEventSelector[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_SELECTORS) {
    refuse(`a list of 1 to ${MAX_SELECTORS} selectors is expected`)
  }
  const selectors = value as readonly unknown[]
  let resources = 0
  selectors.forEach((selector, i) => {
    const place = `selector ${i + 1}`
    const { ReadWriteType, IncludeManagementEvents, DataResources, ExcludeManagementEventSources, ...rest } = objectOf(
      selector,
      place,
    )
    const [unknown] = Object.keys(rest)
    if (unknown !== undefined) refuse(`${place}: ${JSON.stringify(unknown)} is no member of it; letter case counts`)
    if (ReadWriteType !== undefined && !['All', 'ReadOnly', 'WriteOnly'].includes(ReadWriteType as string)) {
      refuse(`${place}: ReadWriteType is All, ReadOnly or WriteOnly`)
    }
    if (IncludeManagementEvents !== undefined && typeof IncludeManagementEvents !== 'boolean') {
      refuse(`${place}: IncludeManagementEvents is true or false`)
    }
    const odd = textsOf(ExcludeManagementEventSources ?? [], place).find((source) => !excludable.includes(source))
    if (odd !== undefined) refuse(`${place}: ${JSON.stringify(odd)} cannot be excluded`)
    resources += countResources(DataResources ?? [], place)
  })
  if (resources > MAX_DATA_RESOURCES) refuse(`${resources} data resources, at most ${MAX_DATA_RESOURCES} are allowed`)
  return selectors as readonly BasicEventSelector[]
}

/** How many data resources count against the limit: the forms that mean all do not. */
function countResources(value: unknown, place: string): number {
  if (!Array.isArray(value)) refuse(`${place}: DataResources is no list`)
  let count = 0
  for (const entry of value as readonly unknown[]) {
    const { Type, Values } = objectOf(entry, place)
    if (typeof Type !== 'string' || !Object.hasOwn(services, Type)) {
      refuse(`${place}: the Type of data resources is one of ${Object.keys(services).join(', ')}`)
    }
    const values = textsOf(Values, place)
    const foreign = values.find((arn) => !new RegExp(`^arn:aws[a-z-]*:${services[Type]}(?::|$)`).test(arn))
    if (foreign !== undefined) refuse(`${place}: ${JSON.stringify(foreign)} is no ARN of ${Type}`)
    count += values.filter((arn) => !isAll(Type, arn)).length
  }
  return count
}

function textsOf(value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
    refuse(`${place}: a list of texts is expected`)
  return value as readonly string[]
}

function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${place} is no object`)
  return value as Readonly<Record<string, unknown>>
}

function refuse(reason: string): never {
  throw new TraillakeError('INVALID_EVENT_SELECTORS', { reason })
}
