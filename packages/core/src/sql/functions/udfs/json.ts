import { type JsonPath, parseJsonPath, seek } from '../json-text/path.ts'
import { JsonError, JsonReader } from '../json-text/reader.ts'
import { canonicalValue, copyValue } from '../json-text/write.ts'
import type { ScalarUdf } from '../types.ts'
import { badArgument, UdfError } from './udf-error.ts'

/** NULL for text that is no JSON as far as it was read. */
function lenient<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof JsonError) return null
    throw error
  }
}

const paths = new Map<string, JsonPath>()

function pathOf(text: string): JsonPath {
  let path = paths.get(text)
  if (!path) {
    path = parseJsonPath(text)
    if (!path) throw badArgument(`Invalid JSON path: '${text}'`)
    if (paths.size > 1000) paths.clear()
    paths.set(text, path)
  }
  return path
}

function at<T>(text: string, path: string, read: (reader: JsonReader) => T): T | null {
  const steps = pathOf(path)
  return lenient(() => {
    const reader = new JsonReader(text)
    return seek(reader, steps) ? read(reader) : null
  })
}

/** Text of a scalar: strings decoded, numbers as written; NULL for the rest. */
function scalar(reader: JsonReader): string | null {
  switch (reader.kind()) {
    case 'string':
      return reader.string()
    case 'number':
    case 'true':
    case 'false':
      return reader.skip()
    default:
      reader.skip()
      return null
  }
}

function size(reader: JsonReader): bigint {
  let count = 0n
  const each = (): undefined => {
    reader.skip()
    count += 1n
  }
  const kind = reader.kind()
  if (kind === 'object') reader.members(each)
  else if (kind === 'array') reader.elements(each)
  else reader.skip()
  return count
}

function arrayGet(text: string, index: bigint): string | null {
  return lenient(() => {
    const reader = new JsonReader(text)
    if (reader.kind() !== 'array') return null
    const elements: (string | null)[] = []
    let found: string | null | undefined
    reader.elements((i) => {
      const kind = reader.kind()
      const element = kind === 'object' || kind === 'array' ? copyValue(reader) : scalar(reader)
      if (BigInt(i) === index) {
        found = element
        return true
      }
      if (index < 0n) elements.push(element)
      return false
    })
    if (index >= 0n) return found ?? null
    const place = elements.length + Number(index)
    if (place < 0) return null
    const element = elements[place]
    if (element === null || element === undefined) throw new UdfError('GENERIC_INTERNAL_ERROR', 'string is null')
    return element
  })
}

const sameScalar: Readonly<Record<string, (reader: JsonReader, wanted: string) => boolean>> = {
  boolean: (reader, wanted) => reader.skip() === wanted,
  bigint: (reader, wanted) => {
    const text = reader.skip()
    return /^-?\d+$/.test(text) && BigInt(text) === BigInt(wanted)
  },
  double: (reader, wanted) => {
    const text = reader.skip()
    return /^-?\d/.test(text) && !/^-?\d+$/.test(text) && Number(text) === Number(wanted)
  },
  varchar: (reader, wanted) => {
    if (reader.kind() === 'string') return reader.string() === wanted
    reader.skip()
    return false
  },
}

function arrayContains(text: string, kind: string, value: string): boolean | null {
  return lenient(() => {
    const reader = new JsonReader(text)
    if (reader.kind() !== 'array') return null
    let found = false
    reader.elements(() => {
      found = sameScalar[kind]!(reader, value)
      return found
    })
    return found
  })
}

const EXCERPT = 300

/** A long text is cut in a message, as Trino cuts it. */
const excerpt = (text: string): string => (text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT)}...(truncated)`)

function parse(text: string): string {
  const value = lenient(() => {
    const reader = new JsonReader(text)
    const written = canonicalValue(reader)
    return reader.finished() ? written : null
  })
  if (value === null) throw badArgument(`Cannot convert value to JSON: '${excerpt(text)}'`)
  return value
}

function isScalar(text: string): boolean {
  const result = lenient(() => {
    const reader = new JsonReader(text)
    const kind = reader.kind()
    reader.skip()
    return reader.finished() ? kind !== 'object' && kind !== 'array' : null
  })
  if (result === null) throw badArgument(`Invalid JSON value: ${excerpt(text)}`)
  return result
}

function length(text: string): bigint | null {
  return lenient(() => {
    const reader = new JsonReader(text)
    return reader.kind() === 'array' ? size(reader) : null
  })
}

export const jsonUdfs: readonly ScalarUdf[] = [
  { name: 'trino_json_canonical', parameters: ['VARCHAR'], result: 'VARCHAR', evaluate: parse },
  {
    name: 'trino_js_json_extract',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR',
    evaluate: (text: string, path: string) => at(text, path, copyValue),
    fails: [1],
  },
  {
    name: 'trino_js_json_scalar',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'VARCHAR',
    evaluate: (text: string, path: string) => at(text, path, scalar),
    fails: [1],
  },
  {
    name: 'trino_js_json_size',
    parameters: ['VARCHAR', 'VARCHAR'],
    result: 'BIGINT',
    evaluate: (text: string, path: string) => at(text, path, size),
    fails: [1],
  },
  { name: 'trino_js_json_array_get', parameters: ['VARCHAR', 'BIGINT'], result: 'VARCHAR', evaluate: arrayGet },
  { name: 'trino_js_json_array_length', parameters: ['VARCHAR'], result: 'BIGINT', evaluate: length, fails: [] },
  {
    name: 'trino_js_json_array_contains',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    result: 'BOOLEAN',
    evaluate: arrayContains,
    fails: [],
  },
  { name: 'trino_js_is_json_scalar', parameters: ['VARCHAR'], result: 'BOOLEAN', evaluate: isScalar },
]
