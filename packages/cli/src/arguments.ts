import { readFileSync } from 'node:fs'
import { TraillakeError } from '@traillake/core/errors'
import { InvalidArgumentError } from 'commander'
import { inWords } from './settings/misfit.ts'
import { described } from './settings/setting.ts'

/** For options that take a whole number of at least `least`, and of `most` at most. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  const schema = { type: 'integer', minimum: least, maximum: most } as const
  const parse = (text: string) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It must be ${inWords(schema)}.`)
    return value
  }
  return described(parse, schema)
}

/** For options that take a whole number of at least `least`, or one word that means `meaning`. */
export function wholeNumberOr<T>(least: number, word: string, meaning: T) {
  const number = wholeNumber(least)
  return described((text: string): number | T => (text === word ? meaning : number(text)), {
    anyOf: [number.schema, { enum: [word] }],
  })
}

/** For options that take names, with commas between them. */
export const listOf = described((text: string): readonly string[] => text.split(',').map((name) => name.trim()), {
  type: ['array', 'string'],
  items: { type: 'string', pattern: '^[^,]+$' },
})

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }
const BYTES = /^\s*(\d+(?:\.\d+)?)\s*([kKmMgG]?)(?:[iI]?[bB])?\s*$/

/** For options that take an amount of memory: `512m`, `1.5g`, or bytes. */
export const byteCount = described(
  (text: string) => {
    const match = BYTES.exec(text)
    if (!match) throw new InvalidArgumentError('It must be bytes, or a number with k, m or g: 512m, 1.5g.')
    return Math.floor(Number(match[1]) * UNITS[match[2]!.toLowerCase()]!)
  },
  { type: ['integer', 'string'], minimum: 0, maximum: Number.MAX_SAFE_INTEGER, pattern: BYTES.source },
)

/** Reads a text that was given on the line, in a file, or as `-` on standard input. */
export function readText(text: string | undefined, file: string | undefined, what: string): string {
  if (text !== undefined && file !== undefined)
    throw new TraillakeError('INVALID_OPTION', {
      option: '--file',
      reason: `and ${what} on the command line exclude each other`,
    })
  if (text === '-' || file === '-') return readFileSync(0, 'utf8')
  if (text !== undefined) return text
  if (file === undefined)
    throw new TraillakeError(
      'INVALID_OPTION',
      { option: what, reason: 'is missing' },
      { hint: 'write it on the command line, name a file with --file, or give - to read standard input' },
    )
  return readSource(file)
}

/** Reads a small JSON file that an option names. */
export function readJson<T>(file: string, option: string): T {
  try {
    return JSON.parse(readSource(file)) as T
  } catch (cause) {
    if (cause instanceof TraillakeError) throw cause
    throw new TraillakeError(
      'INVALID_OPTION',
      { option, reason: `names ${file}, which is not JSON: ${(cause as Error).message}` },
      { cause },
    )
  }
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new TraillakeError('SOURCE_NOT_FOUND', { source: file }, { cause })
    throw new TraillakeError('STORAGE_ERROR', { operation: 'read', key: file, reason: message }, { cause })
  }
}
