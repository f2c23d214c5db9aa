import { existsSync, readFileSync } from 'node:fs'
import { didYouMean, TraillakeError } from '@traillake/core/errors'
import type { Command, Option } from 'commander'
import { misfit } from './settings/misfit.ts'
import { settingOptions } from './settings/schema.ts'
import { settingName, settingSchema, settingValue } from './settings/setting.ts'

/**
 * Fills options that neither a flag nor the environment gave from the settings file: a JSON object whose keys are option
 * names as `--help` prints them, without the dashes (`"lake"`, `"memory"`, `"max-rows"`). The options are the file's schema, which is
 * published as `settings.schema.json`.
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
  const known = settingOptions(root)
  for (const [name, value] of Object.entries(settings)) {
    // It tells editors what the file may hold.
    if (name === '$schema') continue
    if (!known.has(name))
      throw new TraillakeError(
        'INVALID_OPTION',
        { option: name, reason: `in ${file} is unknown` },
        { hint: didYouMean(name, [...known.keys()]) },
      )
    for (const at of chain) {
      const option = at.options.find((candidate) => settingName(candidate) === name)
      const source = option && at.getOptionValueSource(option.attributeName())
      // The nearest command's own copy is filled; a flag given anywhere on the line wins.
      if (!option || (source !== undefined && source !== 'default')) continue
      at.setOptionValueWithSource(option.attributeName(), readSetting(option, value, file), 'config')
    }
  }
}

function readSetting(option: Option, value: unknown, file: string): unknown {
  const name = settingName(option)
  const refuse = (reason: string, cause?: unknown) =>
    new TraillakeError('INVALID_OPTION', { option: name, reason: `in ${file} is not valid: ${reason}` }, { cause })
  const wrong = misfit(settingSchema(option), value, name)
  if (wrong !== undefined) throw refuse(wrong)
  try {
    return settingValue(option, value)
  } catch (cause) {
    throw refuse((cause as Error).message, cause)
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
