import type { Option } from 'commander'

/** The part of JSON Schema that settings are described with, and checked by. */
export interface SettingSchema {
  readonly type?: SettingType | readonly SettingType[]
  readonly description?: string
  readonly enum?: readonly (string | number)[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly items?: SettingSchema
  readonly anyOf?: readonly SettingSchema[]
  readonly properties?: Readonly<Record<string, SettingSchema>>
  readonly propertyNames?: SettingSchema
  readonly additionalProperties?: boolean | SettingSchema
  readonly required?: readonly string[]
}
export type SettingType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object'

/** What reads the text of a flag, and says what may stand for it in the settings file. */
export interface ValueParser<T> {
  (text: string, previous: T): T
  readonly schema?: SettingSchema
  /** For settings that no flag's text can be: objects. */
  readonly ofObject?: (value: object) => T
}

/** A parser that says what it takes. */
export function described<P>(parse: P, schema: SettingSchema): P & { readonly schema: SettingSchema } {
  return Object.assign(parse as P & object, { schema })
}

/** The name of an option in the settings file: as `--help` prints it, without dashes; `--no-compact` is `compact`. */
export function settingName({ long, negate }: Option): string {
  return long!.slice(negate ? '--no-'.length : '--'.length)
}

/** What the settings file may hold for an option. */
export function settingSchema(option: Option): SettingSchema {
  if (option.isBoolean() || option.negate) return { type: 'boolean' }
  if (option.argChoices) return { enum: option.argChoices }
  const { schema = { type: 'string' } } = (option.parseArg ?? {}) as Partial<ValueParser<unknown>>
  return schema
}

/** The option's value for one of the settings file that fits its schema. Throws InvalidArgumentError where it is none all the same. */
export function settingValue(option: Option, value: unknown): unknown {
  const parse = option.parseArg as ValueParser<unknown> | undefined
  if (typeof value === 'boolean' || parse === undefined) return value
  if (typeof value === 'object' && !Array.isArray(value)) return parse.ofObject!(value as object)
  return parse(Array.isArray(value) ? value.join(',') : String(value), option.defaultValue)
}
