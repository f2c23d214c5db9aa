import type { JsonReader } from './reader.ts'

/** A step of a JSON path: a member's name, and an index where the name is a number. */
export type JsonPath = readonly string[]

/** Reads a path of json_extract: `$`, `.name`, `[name]`, `["any text"]`; undefined for anything else. */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: string[] = []
  let rest = text.slice(1)
  while (rest !== '') {
    const bare = /^\.([\p{L}\p{Nd}_:]+)/u.exec(rest) ?? /^\[([\p{L}\p{Nd}_]+)\]/u.exec(rest)
    const quoted = bare ? null : /^\["((?:[^"\\]|\\["\\])*)"\]/.exec(rest)
    const step = bare?.[1] ?? quoted?.[1]?.replaceAll(/\\(.)/g, '$1')
    if (step === undefined) return undefined
    steps.push(step)
    rest = rest.slice((bare ?? quoted)![0].length)
  }
  return steps
}

/** The path in the engine's words, each step an index; a step of digits needs both forms. */
export function enginePath(path: JsonPath): string {
  return `$${path.map((step) => `."${step.replaceAll(/["\\]/g, '\\$&')}"`).join('')}`
}

/** Leads the reader to the value of a path; false when there is none. */
export function seek(reader: JsonReader, path: JsonPath): boolean {
  return path.every((step) => {
    let found = false
    const kind = reader.kind()
    if (kind === 'object') {
      reader.members((name) => {
        if (name === step) {
          found = true
          return true
        }
        reader.skip()
        return false
      })
    } else if (kind === 'array') {
      const wanted = /^\d+$/.test(step) ? Number(step) : -1
      reader.elements((index) => {
        if (index === wanted) {
          found = true
          return true
        }
        reader.skip()
        return false
      })
    } else reader.skip()
    return found
  })
}
