import { readFileSync } from 'node:fs'
import { TraillakeError } from '@traillake/core/errors'

/** What the metrics are measured against. All of it is optional: what is not told is not measured. */
export interface Monitoring {
  /** Accounts, twelve digits each, and Regions whose events should arrive. */
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  /** Folders whose log files should be in a store, by its name; also `s3://bucket/prefix` of buckets that the server knows. */
  readonly sources?: Readonly<Record<string, readonly string[]>>
  /** What a gigabyte of data files costs a month, in any currency. */
  readonly pricePerGbMonth?: number
  /** How often the lake is verified (`verify --fast`); default: never. */
  readonly verifyEveryHours?: number
}

const isTexts = (pattern: RegExp) => (value: unknown) =>
  Array.isArray(value) && value.every((text) => typeof text === 'string' && pattern.test(text))
const isPositive = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0

const rules: Readonly<
  Record<keyof Monitoring, { readonly isRight: (value: unknown) => boolean; readonly what: string }>
> = {
  accounts: { isRight: isTexts(/^\d{12}$/), what: 'a list of account ids of twelve digits' },
  regions: { isRight: isTexts(/^[a-z0-9-]+$/), what: 'a list of Regions' },
  sources: {
    isRight: (value) => isObject(value) && Object.values(value).every(isTexts(/./)),
    what: 'an object of lists of folders by store name',
  },
  pricePerGbMonth: { isRight: isPositive, what: 'a number above 0' },
  verifyEveryHours: { isRight: isPositive, what: 'a number above 0' },
}

/** Reads a file of the form of `Monitoring`. INVALID_OPTION for anything else. */
export function readMonitoring(file: string): Monitoring {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw invalid(`names ${file}: ${(cause as Error).message}`)
  }
  if (!isObject(value)) throw invalid(`names ${file}, which holds no JSON object`)
  for (const [name, given] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof Monitoring] : undefined
    if (!rule) throw invalid(`names ${file}, which has an unknown member ${name}`)
    if (!rule.isRight(given)) throw invalid(`names ${file}, whose ${name} must be ${rule.what}`)
  }
  return value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(reason: string): TraillakeError {
  return new TraillakeError('INVALID_OPTION', { option: 'monitoring', reason })
}
