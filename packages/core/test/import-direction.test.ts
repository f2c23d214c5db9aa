import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/*
 * errors <- schema <- { sql  events  storage  engine  parquet } <- { table  results } <- lake <- query <- index <- server <- cli
 *
 * A room may import rooms of a lower rank; rooms of one rank do not know each other.
 */
const rank: Readonly<Record<string, number>> = {
  errors: 0,
  schema: 1,
  sql: 2,
  events: 2,
  storage: 2,
  engine: 2,
  parquet: 2,
  table: 3,
  results: 3,
  lake: 4,
  query: 5,
  index: 6,
  server: 7,
  cli: 8,
}

/** Which room alone may import an outside package. */
const owners: Readonly<Record<string, string>> = {
  chevrotain: 'sql',
  '@duckdb/node-api': 'engine',
  '@duckdb/node-bindings': 'engine',
  '@bokuweb/zstd-wasm': 'parquet',
  'apache-arrow': 'results',
  '@aws-sdk/client-s3': 'storage',
  '@aws-sdk/s3-request-presigner': 'storage',
  '@aws-sdk/client-sqs': 'storage',
  '@aws-sdk/client-cloudtrail': 'cli',
  tar: 'storage',
  yauzl: 'storage',
  fastify: 'server',
  commander: 'cli',
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function roomOf(file: string): string {
  const path = relative(join(root, 'packages'), file).split('/')
  if (path[0] !== 'core') return path[0]!
  return path.length === 3 ? 'index' : path[2]!
}

interface Import {
  readonly from: string
  readonly specifier: string
  readonly typeOnly: boolean
}

function imports(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const found: Import[] = []
  for (const match of text.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)|require\('([^']+)'\)/gm,
  )) {
    found.push({ from: file, specifier: match[2] ?? match[3] ?? match[4]!, typeOnly: match[1] !== undefined })
  }
  return found
}

const all = ['core', 'server', 'cli'].flatMap((name) => sources(join(root, 'packages', name, 'src'))).flatMap(imports)

function targetRoom({ from, specifier }: Import): string | undefined {
  if (specifier.startsWith('.')) return roomOf(resolve(dirname(from), specifier))
  if (specifier === '@traillake/core' || specifier === '@traillake/core/sql') return 'index'
  if (specifier === '@traillake/core/errors') return 'errors'
  return specifier === '@traillake/server' ? 'server' : undefined
}

describe('imports', () => {
  it('are found at all', () => {
    expect(all.length).toBeGreaterThan(100)
    expect(new Set(all.map((one) => roomOf(one.from)))).toEqual(new Set(Object.keys(rank)))
  })

  it('point one way', () => {
    const wrong = all.flatMap((one) => {
      const to = targetRoom(one)
      const from = roomOf(one.from)
      if (to === undefined || to === from || rank[to]! < rank[from]!) return []
      return [`${relative(root, one.from)} (${from}) imports ${one.specifier} (${to})`]
    })
    expect(wrong).toEqual([])
  })

  it('of outside packages stay in the room that owns them', () => {
    const wrong = all
      .filter(
        ({ from, specifier, typeOnly }) =>
          !typeOnly && owners[specifier] !== undefined && owners[specifier] !== roomOf(from),
      )
      .map(({ from, specifier }) => `${relative(root, from)} imports ${specifier}`)
    expect(wrong).toEqual([])
  })

  it('of the sql room need no Node', () => {
    const node = all.filter(
      ({ from, specifier }) => ['sql', 'schema', 'errors'].includes(roomOf(from)) && specifier.startsWith('node:'),
    )
    expect(node).toEqual([])
  })
})
