import type { S3Options } from '@traillake/core'
import { type Command, Option } from 'commander'
import type { SettingSchema } from './settings/setting.ts'

interface Setting {
  readonly name: keyof S3Options
  readonly flag: string
  readonly value?: string
  readonly text: string
}

const SETTINGS: readonly Setting[] = [
  { name: 'region', flag: 'region', value: '<region>', text: 'region of the bucket' },
  { name: 'profile', flag: 'profile', value: '<name>', text: 'profile of the shared AWS files: keys or a role' },
  { name: 'endpoint', flag: 'endpoint', value: '<url>', text: "a store that speaks S3's protocol and is not Amazon's" },
  { name: 'forcePathStyle', flag: 'path-style', text: 'the bucket is named in the path, not in the host name' },
  { name: 'requesterPays', flag: 'requester-pays', text: 'pay for reading where the owner of the bucket does not' },
]

/** Whose settings they are: `s3` the lake's, and those of sources unless `source-s3` says otherwise. */
type Prefix = 's3' | 'source-s3'

/** `--s3-region` and so on; what none of them says comes from the environment and files that all AWS programs read. */
export function s3Options(prefix: Prefix): readonly Option[] {
  const whose = prefix === 's3' ? 'S3' : 'S3, for the source alone'
  return SETTINGS.map(({ flag, value, text }) => {
    const name = `${prefix}-${flag}`
    return new Option(`--${name}${value ? ` ${value}` : ''}`, `${whose}: ${text}`).env(
      `TRAILLAKE_${name.toUpperCase().replaceAll('-', '_')}`,
    )
  })
}

/** The settings by their names without `s3-`, as the settings file has them for one bucket. */
export type S3Settings = Readonly<Record<string, string | boolean>>

export function s3Schema(): Readonly<Record<string, SettingSchema>> {
  return Object.fromEntries(
    SETTINGS.map(({ flag, value, text }) => [flag, { type: value ? 'string' : 'boolean', description: text }]),
  )
}

/** What such settings, checked by the schema, mean to the library. */
export function s3Named(settings: S3Settings): S3Options {
  return Object.fromEntries(
    Object.entries(settings).map(([flag, value]) => [SETTINGS.find((one) => one.flag === flag)!.name, value]),
  )
}

/** Adds the settings of sources to a command that reads raw files. */
export function withSourceS3(command: Command): Command {
  for (const option of s3Options('source-s3')) command.addOption(option)
  return command
}

/** What they say, as an option of the library. */
export function sourceS3Of(command: Command): { readonly s3?: S3Options } {
  const s3 = s3Of(command, 'source-s3')
  return s3 ? { s3 } : {}
}

/** The settings given before or after the command, in the environment or in the settings file; undefined where there are none. */
export function s3Of(command: Command, prefix: Prefix): S3Options | undefined {
  const found: Partial<Record<keyof S3Options, unknown>> = {}
  for (const option of s3Options(prefix)) {
    const { name } = SETTINGS.find(({ flag }) => option.long === `--${prefix}-${flag}`)!
    for (let at: Command | null = command; at && found[name] === undefined; at = at.parent) {
      found[name] = at.opts<Record<string, unknown>>()[option.attributeName()]
    }
  }
  const given = Object.entries(found).filter(([, value]) => value !== undefined)
  return given.length === 0 ? undefined : (Object.fromEntries(given) as S3Options)
}
