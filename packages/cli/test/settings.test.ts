import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Option } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'
import { fits, misfit } from '../src/settings/misfit.ts'
import { settingOptions, settingsSchema } from '../src/settings/schema.ts'
import { settingSchema, settingValue } from '../src/settings/setting.ts'

const file = fileURLToPath(new URL('../settings.schema.json', import.meta.url))
const program = createProgram()
const schema = settingsSchema(program)

/** Set TRAILLAKE_UPDATE_DOCS=1 to write the file anew, then format it. */
test('settings.schema.json is that of the options', () => {
  if (process.env.TRAILLAKE_UPDATE_DOCS) writeFileSync(file, JSON.stringify(schema, null, 2))
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema)
})

describe('a validator of others and the command agree on', () => {
  const isValid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)
  const values = [
    ...['', 'x', 'all', '12', '512m', ' 1.5 GiB', 'a,b', 's3://bucket', 'date', 'events', 'csv', 'warn', 'name=/logs'],
    ...[-1, 0, 1, 1.5, 20, 4580, 65_535, 65_536, 2 ** 53, true, false, null],
    ...[[], ['a'], ['a', 'b'], ['a,b'], [1], {}],
    ...[{ logs: '/logs' }, { 'trail-logs': 's3://trail-logs' }, { A: '/logs' }, { logs: '' }, { logs: 1 }],
    ...[
      { location: 's3://b', region: 'eu-west-1', 'path-style': true },
      { location: 's3://b', 'path-style': 'true' },
      { location: 's3://b', unknown: 1 },
      { location: '/logs' },
      { region: 'eu-west-1' },
    ].map((place) => ({ logs: place })),
  ]
  const accepts = (option: Option, value: unknown) => {
    if (!fits(settingSchema(option), value)) return false
    try {
      settingValue(option, value)
      return true
    } catch {
      return false
    }
  }

  test.each([...settingOptions(program)])('%s', (name, options) => {
    const choices = options.flatMap((option) => option.argChoices ?? [])
    const agreed = [...values, ...choices].filter((value) => {
      const isAccepted = options.some((option) => accepts(option, value))
      expect(isValid({ [name]: value }), JSON.stringify(value)).toBe(isAccepted)
      return isAccepted
    })
    expect(agreed.length).toBeGreaterThan(0)
    expect(agreed.length).toBeLessThan(values.length + choices.length)
  })

  test('what is no setting', () => {
    for (const name of ['prot', 'config', 'help', 'version', 'no-compact'])
      expect(isValid({ [name]: true })).toBe(false)
    expect(isValid({ $schema: 'settings.schema.json' })).toBe(true)
  })
})

test.each([
  ['port', '4580', 'port must be a whole number from 0 to 65535'],
  ['port', 65_536, 'port must be a whole number from 0 to 65535'],
  ['drain', -1, 'drain must be a whole number, 0 or more'],
  ['lookup-days', 'some', 'lookup-days must be a whole number, 1 or more, or "all"'],
  ['audit', 'yes', 'audit must be true or false'],
  ['traces', 4318, 'traces must be a text'],
  ['log', 'loud', 'log must be "debug" or "info" or "warn" or "error" or "silent"'],
  ['bucket', ['logs=/logs'], 'bucket must be an object'],
  ['bucket', { A: '/logs' }, 'the name "A" in bucket must be a text like /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/'],
  ['bucket', { logs: 1 }, 'bucket.logs must be a text like /./, or an object'],
  ['bucket', { logs: { region: 'eu-west-1' } }, 'bucket.logs must have location'],
  ['bucket', { logs: { location: '/logs' } }, 'bucket.logs.location must be a text like /^s3:\\/\\//'],
  ['bucket', { logs: { location: 's3://b', 'path-style': 'yes' } }, 'bucket.logs.path-style must be true or false'],
  [
    'bucket',
    { logs: { location: 's3://b', profle: 'p' } },
    'bucket.logs.profle is unknown: there are location, region, profile, endpoint, path-style, requester-pays',
  ],
])('%s: %j is told of in words', (name, value, words) => {
  const [option] = settingOptions(program).get(name)!
  expect(misfit(settingSchema(option!), value, name)).toBe(words)
})
