import { JsonError, JsonReader } from '../../functions/json-text/reader.ts'
import { javaDouble, writeString } from '../../functions/json-text/write.ts'

/** A JSON value: integers are bigint, other numbers number, objects maps in the order of their members (the last of equal names counts). */
export type Json = null | boolean | bigint | number | string | readonly Json[] | ReadonlyMap<string, Json>

/** Reads one JSON text; undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    const reader = new JsonReader(text)
    const value = readValue(reader)
    return reader.finished() ? value : undefined
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

function readValue(reader: JsonReader): Json {
  const kind = reader.kind()
  switch (kind) {
    case 'object': {
      const members = new Map<string, Json>()
      reader.members((name) => void members.set(name, readValue(reader)))
      return members
    }
    case 'array': {
      const elements: Json[] = []
      reader.elements(() => void elements.push(readValue(reader)))
      return elements
    }
    case 'string':
      return reader.string()
    case 'number': {
      const written = reader.number()
      return /^-?\d+$/.test(written) ? BigInt(written) : Number(written)
    }
    default:
      return reader.skip() === 'null' ? null : kind === 'true'
  }
}

/** Compact JSON text, doubles in Java's spelling. */
export function printJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? javaDouble(value) : writeString(javaDouble(value))
  if (typeof value === 'string') return writeString(value)
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, Json>)]
    return `{${members.map(([name, member]) => `${writeString(name)}:${printJson(member)}`).join(',')}}`
  }
  return `[${(value as readonly Json[]).map(printJson).join(',')}]`
}
