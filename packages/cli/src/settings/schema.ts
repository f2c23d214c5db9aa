import type { Command, Option } from 'commander'
import { type SettingSchema, settingName, settingSchema } from './setting.ts'

/** Options that are no settings: they name the file, or end the command at once. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['config', 'help', 'version'])

/** The options of all commands that the settings file may hold, by their names there. */
export function settingOptions(root: Command): ReadonlyMap<string, readonly Option[]> {
  const found = new Map<string, Option[]>()
  for (const option of everyOption(root)) {
    const name = settingName(option)
    if (!NOT_SETTINGS.has(name)) found.set(name, [...(found.get(name) ?? []), option])
  }
  return found
}

function everyOption(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(everyOption)]
}

/** The JSON schema of `traillake.config.json`, made of the options that it is checked by. */
export function settingsSchema(root: Command): object {
  const properties = [...settingOptions(root)].map(([name, options]) => [name, propertyOf(options)] as const)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Settings of traillake',
    description:
      'traillake.config.json: options of the command line by their names. A flag wins, then the environment.',
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'where this schema lies, for editors' },
      ...Object.fromEntries(properties.sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    additionalProperties: false,
  }
}

/** Commands may take an option of one name each in its own way. */
function propertyOf(options: readonly Option[]): SettingSchema {
  const forms = new Map(options.map((option) => [JSON.stringify(settingSchema(option)), settingSchema(option)]))
  const texts = [...new Set(options.filter(({ hidden }) => !hidden).map(({ description }) => description))]
  const schema = forms.size === 1 ? [...forms.values()][0]! : { anyOf: [...forms.values()] }
  return { description: texts.join('; or: '), ...schema }
}
