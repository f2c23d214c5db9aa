import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  functions,
  macros,
  requiredMacros,
  scalarUdfs,
  unsupportedFunctions,
} from '../../../src/sql/functions/index.ts'
import { rewriteMacros } from '../../../src/sql/rewrite/macros.ts'
import { overloadCases } from './support.ts'

interface SpecFunction {
  readonly name: string
  readonly kind: string
  readonly duckdb: string
  readonly since?: string
}

const page = new URL('../../../../../../shared/spec/trino-functions.json', import.meta.url)
const spec = existsSync(page)
  ? (JSON.parse(readFileSync(page, 'utf8')) as { functions: readonly SpecFunction[] }).functions
  : undefined

/** What the page lists as functions and the parser or the emitter makes of syntax. */
const SYNTAX = new Set(['element', 'row.fields', 'set'])

describe.skipIf(spec === undefined)('against the list of all functions of Trino', () => {
  const listed = (spec ?? []).filter((f) => ['scalar', 'aggregate', 'window'].includes(f.kind) && !SYNTAX.has(f.name))

  test('what Trino 476 has is offered, or named with the reason why not', () => {
    const missing = listed
      .filter((f) => f.since === undefined)
      .map((f) => f.name.toLowerCase())
      .filter((name) => !Object.hasOwn(functions, name) && !Object.hasOwn(unsupportedFunctions, name))
    expect([...new Set(missing)]).toEqual([])
  })

  test('nothing is offered that Trino 476 has not', () => {
    const known = new Set(listed.filter((f) => f.since === undefined).map((f) => f.name.toLowerCase()))
    expect(Object.keys(functions).filter((name) => !known.has(name))).toEqual([])
  })

  test('nothing that works elsewhere is called unsupported', () => {
    const offered = new Set(
      listed.filter((f) => f.duckdb !== 'unsupported' && !/^st_/i.test(f.name)).map((f) => f.name.toLowerCase()),
    )
    expect(Object.keys(unsupportedFunctions).filter((name) => offered.has(name))).toEqual([])
  })
})

test('no function is both offered and refused', () => {
  expect(Object.keys(functions).filter((name) => Object.hasOwn(unsupportedFunctions, name))).toEqual([])
})

test('names are in lower case and no overload is there twice', () => {
  expect(Object.keys(functions).filter((name) => name !== name.toLowerCase())).toEqual([])
  const signatures = overloadCases.map((c) => `${c.name}${c.overload.signature}`)
  expect(signatures.filter((s, i) => signatures.indexOf(s) !== i)).toEqual([])
})

describe('macros', () => {
  const names = [...Object.keys(macros), ...scalarUdfs.map((udf) => udf.name)]

  test('macros and JavaScript functions have names of their own', () => {
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    expect(Object.keys(rewriteMacros).filter((name) => names.includes(name))).toEqual([])
  })

  test('each is named by its key, and none raises by error(), which TRY refuses', () => {
    for (const [name, text] of Object.entries(macros)) {
      expect(text).toMatch(new RegExp(`^CREATE OR REPLACE MACRO ${name}\\(`))
      expect(text).not.toMatch(/\berror\(/)
    }
  })

  test('what a macro calls is known, and comes before it', () => {
    const known = new Set([...names, ...Object.keys(rewriteMacros)])
    for (const [name, text] of Object.entries(macros)) {
      const body = text.slice(text.indexOf(') AS ') + 5)
      expect(
        (body.match(/\btrino_\w+/g) ?? []).filter((called) => !known.has(called)),
        name,
      ).toEqual([])
      const required = requiredMacros(`SELECT ${name}(x)`)
      expect(required.macros.at(-1)).toBe(name)
      for (const called of body.match(/\btrino_\w+/g) ?? []) {
        if (scalarUdfs.some((udf) => udf.name === called)) expect(required.udfs).toContain(called)
        else expect(required.macros.indexOf(called)).toBeLessThan(required.macros.length - 1)
      }
    }
  })

  test('every macro and every JavaScript function is used', () => {
    const folder = new URL('../../../src/sql/', import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const text = files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n')
    const composed =
      /^trino_(?:sh[lr]\w*|round|date_(?:trunc|add|diff)|hmac|l?r?trim|bin|text_to|json_to|double_to|join3?|map_dedup|multimap)_?/
    const unused = names.filter(
      (name) => !composed.test(name) && (text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length < 2,
    )
    expect(unused).toEqual([])
  })

  test('nothing is required twice or without need', () => {
    expect(requiredMacros('SELECT 1')).toEqual({ macros: [], udfs: [] })
    const { macros: needed } = requiredMacros('trino_lpad(x, 1, p) trino_lpad(x, 2, p)')
    expect(needed).toEqual(['trino_pad_size', 'trino_lpad'])
  })
})
