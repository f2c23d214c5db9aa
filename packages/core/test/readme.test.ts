import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

it("the README's program runs as it stands", () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const program = /```js\n([\s\S]*?)```/.exec(readme)![1]!
  const folder = mkdtempSync(join(tmpdir(), 'traillake-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'node_modules/@traillake'), { recursive: true })
  symlinkSync(join(root, 'packages/core'), join(folder, 'node_modules/@traillake/core'))
  symlinkSync(join(root, 'test-data'), join(folder, 'test-data'))
  writeFileSync(join(folder, 'example.mjs'), program)
  const printed = execFileSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' }).trim().split('\n')
  expect(printed[0]).toBe('2900 = 2900 + 0 + 0 + 0')
  expect(printed).toHaveLength(4)
  for (const line of printed.slice(1)) expect(line).toMatch(/^[A-Z]\w+ \d+$/)
})
