import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readGoldenFigures } from '../../../../scripts/sql-docs/goldens.mjs'
import { sqlPage, withFigures } from '../../../../scripts/sql-docs/page.mjs'
import * as program from '../../src/sql/index.ts'

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')
const stale = 'is not what the program does: run `npm run build && node scripts/sql-docs.mjs`'

test('docs/sql.md says what is supported, and every example is what it says', () => {
  expect(read('docs/sql.md'), `docs/sql.md ${stale}`).toBe(sqlPage(program, readGoldenFigures()))
})

test('the figures of the README are those of the goldens', () => {
  const readme = read('README.md')
  expect(readme, `README.md ${stale}`).toBe(withFigures(readme, program, readGoldenFigures()))
})

test('an example that turns out otherwise than declared is no page', () => {
  const broken = { ...program, translate: () => ({}) }
  expect(() => sqlPage(broken, readGoldenFigures())).toThrow(/is answered, which/)
})
