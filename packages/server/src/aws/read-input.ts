import { AwsFault, type FaultName } from './faults.ts'
import type { InputOf, Members, Shape } from './shape.ts'

/** What an operation can answer: decides which fault tells of a wrong member. */
export interface FaultChoice {
  readonly errors: readonly FaultName[]
}

/**
 * Checks the body of a request against the members of an operation.
 *
 * `null` counts as absent; members that are not known are ignored, as AWS does. Throws an AwsFault: SerializationException
 * for another JSON type, else the member's own fault where the operation knows it, InvalidParameterException, or
 * ValidationException.
 */
export function readInput<M extends Members>(body: unknown, members: M, choice: FaultChoice): InputOf<M> {
  if (!isObject(body)) throw new AwsFault('SerializationException', 'the body is no JSON object')
  return readMembers(body, members, { choice, path: '', fault: undefined }) as InputOf<M>
}

interface Place {
  readonly choice: FaultChoice
  readonly path: string
  /** The fault of the nearest shape around that has one. */
  readonly fault: FaultName | undefined
}

function readMembers(value: Readonly<Record<string, unknown>>, members: Members, place: Place): object {
  const read: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(members)) {
    const shape = 'required' in member ? member.required : member
    const path = place.path === '' ? lowerFirst(name) : `${place.path}.${lowerFirst(name)}`
    const inner = { ...place, path, fault: shape.fault ?? place.fault }
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given !== undefined && given !== null) read[name] = readValue(given, shape, inner)
    else if ('required' in member) throw refusal(inner, 'null', 'Member must not be null')
  }
  return read
}

function readValue(value: unknown, shape: Shape, place: Place): unknown {
  const refuse = (constraint: string) => refusal(place, shown(value), constraint)
  const wrongType = () =>
    new AwsFault('SerializationException', `${place.path || 'the body'} must be ${typeNames[shape.kind]}`)
  switch (shape.kind) {
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType()
      return value
    case 'timestamp': {
      if (typeof value !== 'number') throw wrongType()
      const date = new Date(Math.round(value * 1000))
      if (Number.isNaN(date.getTime())) throw refuse('Member must be a moment that can be represented')
      return date
    }
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType()
      if (shape.min !== undefined && value < shape.min) {
        throw refuse(`Member must have value greater than or equal to ${shape.min}`)
      }
      if (shape.max !== undefined && value > shape.max) {
        throw refuse(`Member must have value less than or equal to ${shape.max}`)
      }
      return value
    case 'string':
      if (typeof value !== 'string') throw wrongType()
      if (shape.values && !shape.values.includes(value)) {
        throw refuse(`Member must satisfy enum value set: [${shape.values.join(', ')}]`)
      }
      checkLength(value.length, shape, refuse)
      if (shape.pattern && !new RegExp(`^(?:${shape.pattern.source})$`, shape.pattern.flags).test(value)) {
        throw refuse(`Member must satisfy regular expression pattern: ${shape.pattern.source}`)
      }
      return value
    case 'list': {
      if (!Array.isArray(value)) throw wrongType()
      checkLength(value.length, shape, refuse)
      return (value as readonly unknown[]).map((item, i) => {
        const inner = { ...place, path: `${place.path}.${i + 1}.member`, fault: shape.of.fault ?? place.fault }
        if (item === null) throw refusal(inner, 'null', 'Member must not be null')
        return readValue(item, shape.of, inner)
      })
    }
    case 'structure':
      if (!isObject(value)) throw wrongType()
      return readMembers(value, shape.members, place)
  }
}

const typeNames: Readonly<Record<Shape['kind'], string>> = {
  boolean: 'true or false',
  timestamp: 'a number of seconds since 1970',
  integer: 'a whole number',
  string: 'a string',
  list: 'a list',
  structure: 'an object',
}

function checkLength(
  length: number,
  { min, max }: { readonly min?: number; readonly max?: number },
  refuse: (constraint: string) => AwsFault,
): void {
  if (min !== undefined && length < min) throw refuse(`Member must have length greater than or equal to ${min}`)
  if (max !== undefined && length > max) throw refuse(`Member must have length less than or equal to ${max}`)
}

/** The words that AWS services use for a member that breaks its model. */
function refusal(place: Place, value: string, constraint: string): AwsFault {
  const { errors } = place.choice
  const fault =
    place.fault && errors.includes(place.fault)
      ? place.fault
      : errors.includes('InvalidParameterException')
        ? 'InvalidParameterException'
        : 'ValidationException'
  const message = `1 validation error detected: Value ${value} at '${place.path}' failed to satisfy constraint: ${constraint}`
  return new AwsFault(fault, message)
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return `'${text.length > 100 ? `${text.slice(0, 100)}…` : text}'`
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
