import type { SettingSchema, SettingType } from './setting.ts'

/** Whether a value is as a schema says. */
export function fits(schema: SettingSchema, value: unknown): boolean {
  return misfit(schema, value, '') === undefined
}

/**
 * What is wrong with a value that is not as a schema says: the place of it, and what must be there. Undefined where it fits.
 *
 * @param place its name, such as `bucket`; what lies inside is named from there: `bucket.logs.region`
 */
export function misfit(schema: SettingSchema, value: unknown, place: string): string | undefined {
  const { type, minimum = -Infinity, maximum = Infinity, pattern, items, anyOf } = schema
  const isItself =
    (type === undefined || isOfAny(type, value)) &&
    (schema.enum === undefined || schema.enum.some((one) => one === value)) &&
    (typeof value !== 'number' || (value >= minimum && value <= maximum)) &&
    (typeof value !== 'string' || pattern === undefined || new RegExp(pattern, 'u').test(value))
  if (!isItself) return `${place} must be ${inWords(schema)}`
  if (anyOf) return misfitOfAll(anyOf, value, place)
  if (Array.isArray(value) && items) return first(value, (item, i) => misfit(items, item, `${place}[${i}]`))
  return isOfType('object', value) ? misfitInside(schema, value as Readonly<Record<string, unknown>>, place) : undefined
}

/** Of the one form that is meant, where the type of the value tells which. */
function misfitOfAll(forms: readonly SettingSchema[], value: unknown, place: string): string | undefined {
  if (forms.some((form) => fits(form, value))) return undefined
  const meant = forms.filter(({ type }) => type !== undefined && isOfAny(type, value))
  return meant.length === 1 ? misfit(meant[0]!, value, place) : `${place} must be ${inWords({ anyOf: forms })}`
}

function misfitInside(
  { properties = {}, propertyNames = {}, additionalProperties = true, required = [] }: SettingSchema,
  value: Readonly<Record<string, unknown>>,
  place: string,
): string | undefined {
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${place} must have ${missing}`
  return first(Object.entries(value), ([name, member]) => {
    const wrongName = misfit(propertyNames, name, `the name ${JSON.stringify(name)} in ${place}`)
    if (wrongName !== undefined) return wrongName
    const inside = `${place}.${name}`
    if (Object.hasOwn(properties, name)) return misfit(properties[name]!, member, inside)
    if (typeof additionalProperties === 'object') return misfit(additionalProperties, member, inside)
    return additionalProperties ? undefined : `${inside} is unknown: there are ${Object.keys(properties).join(', ')}`
  })
}

function first<T>(values: readonly T[], tell: (value: T, i: number) => string | undefined): string | undefined {
  for (const [i, value] of values.entries()) {
    const told = tell(value, i)
    if (told !== undefined) return told
  }
  return undefined
}

const WORDS: Readonly<Record<SettingType, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** What a schema asks for: `a whole number, 1 or more, or "all"`. */
export function inWords({ type = 'string', minimum, maximum, pattern, anyOf, ...schema }: SettingSchema): string {
  if (anyOf) return anyOf.map(inWords).join(', or ')
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' or ')
  const range =
    minimum === undefined
      ? ''
      : maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
        ? `, ${minimum} or more`
        : ` from ${minimum} to ${maximum}`
  const types = [type].flat().map((name) => WORDS[name] + (name === 'integer' ? range : ''))
  return types.join(' or ') + (pattern === undefined ? '' : ` like /${pattern}/`)
}

function isOfAny(type: SettingType | readonly SettingType[], value: unknown): boolean {
  return [type].flat().some((name) => isOfType(name, value))
}

function isOfType(type: SettingType, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    default:
      return typeof value === type
  }
}
