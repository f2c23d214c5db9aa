import { TraillakeError } from '../errors/index.ts'
import { layoutOfCategory } from '../schema/index.ts'
import type { AdvancedEventSelector, AdvancedFieldSelector } from '../schema/selectors.ts'

/**
 * Whose rules hold. `lake`: those of an event data store, except that a selector of data or network activity events
 * without the resource type or event source that AWS demands chooses all of them.
 */
export type SelectorTarget = 'lake' | 'event-data-store' | 'trail'

type Operator = Exclude<keyof AdvancedFieldSelector, 'Field'>

const operators: readonly Operator[] = ['Equals', 'StartsWith', 'EndsWith', 'NotEquals', 'NotStartsWith', 'NotEndsWith']

const MAX_SELECTORS = 5
const MAX_VALUES = 500
const MAX_VALUE_LENGTH = 2048
const MAX_NAME_LENGTH = 1000

const sharedCategories = ['Management', 'Data', 'NetworkActivity']
const storeCategories = ['Insight', 'ConfigurationItem', 'Evidence', 'ActivityAuditLog']

/** What a field may be asked, in the selectors of one category. */
interface FieldRule {
  /** Default: any operator. */
  readonly operators?: readonly Operator[]
  /** Default: any value. */
  readonly values?: readonly string[]
  /** One value in all and one field selector: AWS allows no list here. */
  readonly single?: true
  /** Without it AWS refuses the selector. */
  readonly required?: true
}

const category: FieldRule = { operators: ['Equals'], single: true, required: true }
const readOnly: FieldRule = { operators: ['Equals'], values: ['true', 'false'] }
const fromConsole: FieldRule = { operators: ['Equals', 'NotEquals'], values: ['true'] }
const any: FieldRule = {}

const rules: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  Management: {
    eventCategory: category,
    readOnly,
    eventSource: any,
    eventName: any,
    eventType: any,
    'userIdentity.arn': any,
    sessionCredentialFromConsole: fromConsole,
  },
  Data: {
    eventCategory: category,
    readOnly,
    eventSource: any,
    eventName: any,
    eventType: any,
    'resources.type': { operators: ['Equals'], single: true, required: true },
    'resources.ARN': any,
    'userIdentity.arn': any,
    sessionCredentialFromConsole: fromConsole,
  },
  NetworkActivity: {
    eventCategory: category,
    eventSource: { operators: ['Equals'], single: true, required: true },
    eventName: any,
    errorCode: { operators: ['Equals'], values: ['VpceAccessDenied'] },
    vpcEndpointId: any,
  },
}

const trailManagement: Readonly<Record<string, FieldRule>> = {
  eventCategory: category,
  readOnly,
  eventSource: { operators: ['NotEquals'], values: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] },
}

/**
 * Checks a list of advanced event selectors, as it comes from outside, against the rules of AWS.
 *
 * @returns the list, typed
 * Throws INVALID_EVENT_SELECTORS, naming the first selector that is wrong (from 1) and why.
 */
export function checkAdvancedSelectors(
  value: unknown,
  target: SelectorTarget = 'lake',
): readonly AdvancedEventSelector[] {
  if (!Array.isArray(value)) refuse('a list of selectors is expected')
  const selectors: readonly unknown[] = value
  if (selectors.length === 0) refuse('at least one selector is needed')
  if (target !== 'trail' && selectors.length > MAX_SELECTORS) refuse(`more than ${MAX_SELECTORS} selectors`)
  const checked = selectors.map((selector, i) => checkSelector(selector, `selector ${i + 1}`, target))
  const values = checked.flatMap(({ FieldSelectors }) => FieldSelectors.flatMap(valuesOf))
  if (values.length > MAX_VALUES) refuse(`${values.length} values in all conditions, at most ${MAX_VALUES} are allowed`)
  const categories = checked.map(({ FieldSelectors }) => categoryOf(FieldSelectors))
  const alone = categories.find((name) => !sharedCategories.includes(name))
  if (alone !== undefined && checked.length > 1) refuse(`a store of ${alone} events has that one selector and no other`)
  return checked
}

function checkSelector(value: unknown, place: string, target: SelectorTarget): AdvancedEventSelector {
  const { Name: name, FieldSelectors: fields, ...rest } = objectOf(value, place)
  refuseUnknown(rest, place)
  if (name !== undefined && (typeof name !== 'string' || name.length > MAX_NAME_LENGTH)) {
    refuse(`${place}: Name is no text of up to ${MAX_NAME_LENGTH} characters`)
  }
  if (!Array.isArray(fields) || fields.length === 0) refuse(`${place}: FieldSelectors needs at least one entry`)
  const checked = (fields as readonly unknown[]).map((field) => checkShape(field, place))
  const chosen = categoryOf(checked)
  checkRules(checked, chosen, rulesOf(chosen, place, target), place, target)
  return value as AdvancedEventSelector
}

/** A field selector by its shape alone: a name, and lists of texts under known operators. */
function checkShape(value: unknown, place: string): AdvancedFieldSelector {
  const { Field: field, ...conditions } = objectOf(value, place)
  if (typeof field !== 'string' || !/^[\w|.]{1,1000}$/.test(field))
    refuse(`${place}: Field is missing or no field name`)
  const used = Object.entries(conditions).filter(([, list]) => list !== undefined)
  if (used.length === 0) refuse(`${place}: ${field} has no operator`)
  for (const [operator, list] of used) {
    if (!(operators as readonly string[]).includes(operator)) refuse(`${place}: ${field} has no operator ${operator}`)
    if (!Array.isArray(list) || list.length === 0) refuse(`${place}: ${operator} of ${field} needs at least one value`)
    for (const entry of list as readonly unknown[]) {
      if (typeof entry !== 'string' || entry === '' || entry.length > MAX_VALUE_LENGTH) {
        refuse(`${place}: ${operator} of ${field} has a value that is no text of 1 to ${MAX_VALUE_LENGTH} characters`)
      }
    }
  }
  return value as AdvancedFieldSelector
}

function rulesOf(chosen: string, place: string, target: SelectorTarget): Readonly<Record<string, FieldRule>> {
  if (chosen === 'Management' && target === 'trail') return trailManagement
  if (Object.hasOwn(rules, chosen)) return rules[chosen]!
  if (storeCategories.includes(chosen) && target !== 'trail' && layoutOfCategory(chosen) !== undefined) {
    return { eventCategory: category }
  }
  return refuse(`${place}: there is no eventCategory ${chosen === '' ? 'condition' : JSON.stringify(chosen)}`)
}

function checkRules(
  fields: readonly AdvancedFieldSelector[],
  chosen: string,
  allowed: Readonly<Record<string, FieldRule>>,
  place: string,
  target: SelectorTarget,
): void {
  for (const field of fields) {
    const rule = Object.hasOwn(allowed, field.Field) ? allowed[field.Field]! : undefined
    if (rule === undefined) refuse(`${place}: ${field.Field} cannot be a condition on ${chosen} events`)
    for (const operator of operators) {
      if (field[operator] !== undefined && rule.operators && !rule.operators.includes(operator)) {
        refuse(`${place}: ${field.Field} of ${chosen} events allows ${rule.operators.join(' and ')} only`)
      }
    }
    const odd = valuesOf(field).find((value) => rule.values && !rule.values.includes(value))
    if (odd !== undefined) refuse(`${place}: ${field.Field} cannot be ${JSON.stringify(odd)}`)
    const times = fields.filter((other) => other.Field === field.Field).length
    if (rule.single && (times > 1 || valuesOf(field).length > 1)) refuse(`${place}: ${field.Field} takes one value`)
    if (field.Field === 'resources.type' && !/^AWS::\S+::\S+$/.test(field.Equals?.[0] ?? '')) {
      refuse(`${place}: resources.type has the form AWS::<service>::<type>`)
    }
  }
  if (target === 'lake') return
  const missing = Object.entries(allowed).find(
    ([name, rule]) => rule.required && !fields.some((field) => field.Field === name),
  )
  if (missing) refuse(`${place}: ${missing[0]} is required for ${chosen} events`)
}

/** The category that a selector names; empty when it names none. */
function categoryOf(fields: readonly AdvancedFieldSelector[]): string {
  return fields.find((field) => field.Field === 'eventCategory')?.Equals?.[0] ?? ''
}

function valuesOf(field: AdvancedFieldSelector): readonly string[] {
  return operators.flatMap((operator) => field[operator] ?? [])
}

function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${place} holds what is no object`)
  return value as Readonly<Record<string, unknown>>
}

function refuseUnknown(rest: Readonly<Record<string, unknown>>, place: string): void {
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) refuse(`${place}: ${JSON.stringify(unknown)} is no member of it; letter case counts`)
}

function refuse(reason: string): never {
  throw new TraillakeError('INVALID_EVENT_SELECTORS', { reason })
}
