import { TraillakeError } from '../errors/index.ts'

/** Refuses options that are no object, or that hold a member not in `known`: INVALID_OPTION. A misspelt option must not be dropped. */
export function checkKnownOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', 'must be an object')
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalidOption(unknown, 'is not known')
}

/** Refuses what is no partition layout; undefined is the default. */
export function checkLayout(layout: unknown): void {
  if (layout !== undefined && layout !== 'date' && layout !== 'account-region-date') {
    throw invalidOption('layout', "must be 'account-region-date' or 'date'")
  }
}

/** Refuses what is neither a place nor a list of places to read from. */
export function checkSource(source: unknown): void {
  const places: readonly unknown[] = Array.isArray(source) ? source : [source]
  if (places.length === 0 || places.some((place) => typeof place !== 'string' || place === '')) {
    throw invalidOption('source', 'must name a folder or a file, or be a list of such names')
  }
}

export function invalidOption(option: string, reason: string): TraillakeError {
  return new TraillakeError('INVALID_OPTION', { option, reason })
}
