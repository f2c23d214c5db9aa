import { macroTexts } from './library.ts'
import { udfsByName } from './udfs.ts'

let pattern: RegExp | undefined

/** Matches emitted text that calls what may fail: a failing cast, a macro that holds one, a JavaScript function. */
export function failingNames(): RegExp {
  pattern ??= build()
  return pattern
}

function build(): RegExp {
  const failing = new Set<string>(udfsByName().keys())
  const texts = [...macroTexts()]
  for (let grown = true; grown; ) {
    grown = false
    for (const [name, text] of texts) {
      if (failing.has(name)) continue
      const called = (text.slice(text.indexOf(' AS ')).match(/trino_\w+/g) ?? []).some((used) => failing.has(used))
      if (called || text.includes("'TRINO:")) {
        failing.add(name)
        grown = true
      }
    }
  }
  // Functions of the engine that fail on their own.
  const native = [
    'strptime',
    'chr',
    'strftime',
    'from_base64',
    'unhex',
    'json_extract',
    'json_extract_string',
    'regexp_extract',
    'timezone',
    'list_reduce',
  ]
  return new RegExp(`'TRINO:|\\b(?:${[...failing, ...native].join('|')})\\(`)
}
