import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Everything that a module loads when it runs: type imports are gone by then. */
function loaded(entry: URL, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(entry.href)) return seen
  const packages: string[] = []
  seen.set(entry.href, packages)
  const source = readFileSync(entry, 'utf8')
  for (const [, clause, target] of source.matchAll(/^(?:import|export)\s([^;]*?)from '([^']+)'/gms)) {
    if (/^type\b/.test(clause!)) continue
    if (target!.startsWith('.')) loaded(new URL(target!, entry), seen)
    else packages.push(target!)
  }
  return seen
}

test('the translator loads nothing but the parser’s library', () => {
  const modules = loaded(new URL('../../src/sql/index.ts', import.meta.url))
  expect(modules.size).toBeGreaterThan(50)
  expect(new Set([...modules.values()].flat())).toEqual(new Set(['chevrotain']))
})
