import { existsSync, readFileSync } from 'node:fs'
import { didYouMean, TraillakeError } from '@traillake/core/errors'
import type { Command, Option } from 'commander'

/**
 * Fills options that neither a flag nor the environment gave from the settings file: a JSON object whose keys are option
 * names as `--help` prints them, without the dashes (`"lake"`, `"memory"`, `"max-rows"`). The options are the file's schema.
 */
export function applyConfig(command: Command): void {
  const chain: Command[] = []
  for (let at: Command | null = command; at; at = at.parent) chain.push(at)
  const root = chain.at(-1)!
  const file = root.opts<{ config: string }>().config
  if (!existsSync(file)) {
    if (root.getOptionValueSource('config') !== 'default')
      throw new TraillakeError('INVALID_OPTION', {
        option: '--config',
        reason: `names a file that does not exist: ${file}`,
      })
    return
  }
  const settings = readSettings(file)
  const known = new Set(everyOption(root).map((option) => option.long!.slice(2)))
  for (const [name, value] of Object.entries(settings)) {
    if (!known.has(name))
      throw new TraillakeError(
        'INVALID_OPTION',
        { option: name, reason: `in ${file} is unknown` },
        { hint: didYouMean(name, known) },
      )
    for (const at of chain) {
      const option = at.options.find((o) => o.long === `--${name}`)
      const source = option && at.getOptionValueSource(option.attributeName())
      // The nearest command's own copy is filled; a flag given anywhere on the line wins.
      if (!option || (source !== undefined && source !== 'default')) continue
      if (typeof value === 'object')
        throw new TraillakeError('INVALID_OPTION', {
          option: name,
          reason: `in ${file} must be a string, a number or a boolean`,
        })
      at.setOptionValueWithSource(option.attributeName(), parsedValue(option, value, file), 'config')
    }
  }
}

/** The value as the option has it; a flag takes true and false. */
function parsedValue(option: Option, value: unknown, file: string): unknown {
  if (typeof value === 'boolean') return value
  if (!option.parseArg) return String(value)
  try {
    return option.parseArg(String(value), undefined)
  } catch (cause) {
    const name = option.long!.slice(2)
    const { message } = cause as Error
    throw new TraillakeError(
      'INVALID_OPTION',
      { option: name, reason: `in ${file} is not valid: ${message}` },
      { cause },
    )
  }
}

function readSettings(file: string): Record<string, unknown> {
  try {
    const settings: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings))
      return settings as Record<string, unknown>
  } catch (cause) {
    throw new TraillakeError(
      'INVALID_OPTION',
      { option: '--config', reason: `${file} is not JSON: ${(cause as Error).message}` },
      { cause },
    )
  }
  throw new TraillakeError('INVALID_OPTION', { option: '--config', reason: `${file} must hold a JSON object` })
}

function everyOption(command: Command): Command['options'] {
  return [...command.options, ...command.commands.flatMap(everyOption)]
}
