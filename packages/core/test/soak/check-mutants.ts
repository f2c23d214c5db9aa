import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { ImportTuning } from '../../src/lake/import/import-plan.ts'
import { getEventDataStore, type ImportOptions } from '../../src/lake/index.ts'
import { verifyLake } from '../../src/lake/verify/verify.ts'
import { type ChildEvent, reportOf, spawnImport } from '../lake/processes.ts'
import { newFolder, newLakePlace, openLake, queryEvents, querySources, removeLake } from '../lake/support.ts'
import type { Mutant } from './mutate.ts'
import { entriesByNode, readByNode } from './node-reading.ts'

interface LedgerLine {
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly error_code: string | null
  readonly read: number
  readonly quarantined: number
  readonly identity: boolean
}

interface EventLine {
  readonly name: string
  readonly record: number
  readonly eventjson: string
}

/** How a lake takes mutants in. */
export interface Way {
  readonly options?: Partial<ImportOptions>
  readonly tuning?: ImportTuning
}

/**
 * Imports mutants in a process of its own and checks that each of them is accounted for: by the report, by the ledger, by
 * what Node's own reader says of the file, and by `verify`, which reads everything again.
 */
export async function checkMutants(mutants: readonly Mutant[], { options = {}, tuning = {} }: Way) {
  const [place, source] = [newLakePlace(), newFolder()]
  const nameOf = (i: number) => `m${String(i).padStart(6, '0')}.json.gz`
  for (const [i, { bytes }] of mutants.entries()) {
    if (i % 100 === 0) mkdirSync(join(source, String(i / 100)))
    writeFileSync(join(source, String(Math.floor(i / 100)), nameOf(i)), bytes)
  }
  const { child, ended } = spawnImport(place, source, { options, tuning })
  const said = await ended
  const report = reportOf(said)
  expect([child.exitCode, child.signalCode]).toEqual([0, null])
  expect(report.files + report.skipped.length).toBe(mutants.length)
  expect(report.read).toBe(report.kept + report.duplicate + report.filtered + report.quarantined)

  const lake = await openLake(place)
  const store = await getEventDataStore(lake, 'org')
  const lines = (await querySources(
    lake,
    store,
    `SELECT parse_filename(source_key) AS name, kind, status, error_code, read, quarantined,
       read = kept + duplicate + filtered + quarantined AS identity FROM sources ORDER BY name`,
  )) as unknown as readonly LedgerLine[]
  expect(lines.map(({ name }) => name)).toEqual(mutants.map((_, i) => nameOf(i)))
  const events = (await queryEvents(
    lake,
    store,
    'SELECT _source AS name, _record AS record, eventjson FROM events',
  )) as unknown as readonly EventLine[]
  const ids = new Map(
    (await querySources(lake, store, 'SELECT source_id, parse_filename(source_key) AS name FROM sources')).map(
      ({ source_id, name }) => [source_id, name],
    ),
  )
  const kept = groupBy(events, ({ name }) => ids.get(name))
  for (const [i, mutant] of mutants.entries()) {
    const fault = faultOf(mutant, lines[i]!, kept.get(nameOf(i)) ?? [])
    expect(fault, `${nameOf(i)}: ${mutant.kind}`).toBeUndefined()
  }
  const verified = await verifyLake(lake)
  expect(verified.stores[0]!.findings.filter(({ severity }) => severity === 'error')).toEqual([])
  await lake.close()
  await removeLake(place)
  rmSync(source, { recursive: true, force: true })
  const { peakRssBytes } = said.at(-1) as Extract<ChildEvent, { kind: 'report' }>
  const codes = groupBy(lines, ({ kind, status, error_code }) => error_code ?? `${status} ${kind}`)
  return { report, peakRssBytes, outcomes: new Map([...codes].map(([code, { length }]) => [code, length])) }
}

/** What the lake has wrong about a mutant. */
function faultOf({ bytes }: Mutant, line: LedgerLine, events: readonly EventLine[]): string | undefined {
  if (!line.identity) return 'its counts do not add up'
  if (line.status !== 'imported' && line.read + events.length > 0) return `${line.status}, yet something of it was read`
  for (const { record, eventjson } of events) {
    if (!isJson(eventjson)) return `the text of record ${record} is no JSON`
  }
  // Nobody reads these whole.
  if (bytes.length > 5_000_000) return line.error_code === 'TOO_LARGE' ? undefined : `a bomb is ${line.error_code}`
  const docs = readByNode(bytes)
  if (docs === 'broken') return line.status === 'failed' ? undefined : `no gzip, yet it is ${line.status}`
  if (docs === undefined) return undefined
  const text = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
  const entries = entriesByNode(docs, text)
  if (entries === undefined) return undefined
  // Data behind the end of a stream is no matter to Node.
  if (line.error_code === 'TRAILING_DATA') return undefined
  if (line.kind === 'aggregated') return undefined
  if (line.status !== 'imported') return `Node reads it; it is ${line.status} as ${line.error_code ?? line.kind}`
  if (line.read !== entries.length) return `${line.read} records, Node sees ${entries.length}`
  const other = events.find(({ record, eventjson }) => !isSame(JSON.parse(eventjson), entries[record]))
  return other && `record ${other.record} is not what Node reads`
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

/** Are two JSON values the same? Without recursion: some are nested 100,000 levels deep. */
function isSame(one: unknown, other: unknown): boolean {
  const pairs: [unknown, unknown][] = [[one, other]]
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [a, b] = pair
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
      if (!Object.is(a, b)) return false
      continue
    }
    const [left, right] = [Object.entries(a), Object.entries(b)]
    if (Array.isArray(a) !== Array.isArray(b) || left.length !== right.length) return false
    for (const [key, value] of left) {
      if (!Object.hasOwn(b, key)) return false
      pairs.push([value, (b as Readonly<Record<string, unknown>>)[key]])
    }
  }
  return true
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
