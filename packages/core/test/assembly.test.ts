import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compile, modules } from '../../../scripts/assembly.mjs'

test.each(modules)(
  '$target is what the compiler makes of $source',
  async (module) => {
    expect(readFileSync(new URL(`../${module.target}`, import.meta.url), 'utf8')).toBe(await compile(module))
  },
  60_000,
)
