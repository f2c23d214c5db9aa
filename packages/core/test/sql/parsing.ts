import { readFileSync } from 'node:fs'
import { TraillakeError } from '../../src/errors/index.ts'
import type * as ast from '../../src/sql/ast.ts'
import { parse, parseExpression } from '../../src/sql/parse.ts'

const golden = new URL('../../../../test-data/golden/', import.meta.url)

export interface GoldenCase {
  readonly id: string
  readonly sql: string
  readonly kind?: string
  readonly line?: number
  readonly column?: number
  readonly trino_error?: string
  readonly trino_message?: string
  readonly error?: { readonly name: string; readonly message: string }
}

/** The cases of a golden file. */
export function readGolden(file: 'queries.jsonl' | 'functions.jsonl' | 'refused.jsonl'): readonly GoldenCase[] {
  const lines = readFileSync(new URL(file, golden), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as GoldenCase)
}

/** Puts a store's id in the place of every placeholder. */
export function withStores(sql: string): string {
  const names = [...new Set(sql.match(/\$[A-Z_0-9]+/g))]
  return sql.replace(/\$[A-Z_0-9]+/g, (name) => `5e2676f8-9fce-46ef-8142-3e36a94e669${names.indexOf(name)}`)
}

/** A tree without places; without the brackets of values too when asked. */
export function shape(node: unknown, options: { readonly brackets?: boolean } = {}): unknown {
  if (Array.isArray(node)) return node.map((item) => shape(item, options))
  if (typeof node !== 'object' || node === null) return node
  if (options.brackets === false && 'kind' in node && node.kind === 'Parenthesized') {
    return shape((node as ast.Parenthesized).expression, options)
  }
  const members = Object.entries(node).filter(([key]) => key !== 'span')
  return Object.fromEntries(members.map(([key, value]) => [key, shape(value, options)]))
}

/** The SELECT of a text that is one. */
export function parseSelect(text: string): ast.QuerySpecification {
  const { body } = parse(text)
  if (body.kind !== 'QuerySpecification') throw new Error(`a ${body.kind}, not a SELECT: ${text}`)
  return body
}

/** What the parsing of a text throws; fails when it throws nothing, or anything but a TraillakeError. */
export function refusal(text: string, what: 'query' | 'expression' = 'query'): TraillakeError {
  try {
    if (what === 'query') parse(text)
    else parseExpression(text)
  } catch (error) {
    if (error instanceof TraillakeError) return error
    throw error
  }
  throw new Error(`accepted: ${text}`)
}
