import { type RawRecord, type RecordBatch, typedBytes } from './record.ts'

/** A resource as selectors see it. */
export interface SelectableResource {
  readonly type: string | undefined
  /** Its ARN, or the prefix that stands for one where an event is about many objects. */
  readonly arn: string | undefined
}

/** What selectors can ask of a record; undefined where the column is NULL. */
export interface SelectableEvent {
  readonly category: string
  /** The value of a field by its name in selectors, `eventCategory` and `resources.*` apart. */
  text(field: string): string | undefined
  readonly resources: readonly SelectableResource[]
}

/** Reads what selectors ask for out of a record. The JSON is parsed when something besides the category is asked. */
export function selectableEvent(batch: RecordBatch, record: RawRecord): SelectableEvent {
  let parsed: JsonObject | undefined
  // Typed text holds each known key once and in its usual spelling, so a plain parse reads what the columns will hold.
  const event = () => {
    parsed ??= JSON.parse(typedBytes(batch, record).toString('utf8')) as JsonObject
    return parsed
  }
  return {
    category: record.category,
    text: (field) => textOf(field === 'userIdentity.arn' ? objectOf(event().userIdentity).arn : event()[field]),
    get resources() {
      const { resources } = event()
      return Array.isArray(resources) ? resources.map(resourceOf) : []
    },
  }
}

interface JsonObject {
  readonly [key: string]: unknown
}

function resourceOf(value: unknown): SelectableResource {
  const { type, ARN, ARNPrefix } = objectOf(value)
  return { type: textOf(type), arn: textOf(ARN) ?? textOf(ARNPrefix) }
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {}
}

/** Typed text holds texts and booleans in the members that are asked for. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : undefined
}
