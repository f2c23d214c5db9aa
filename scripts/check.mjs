// Lints, then runs every test, and closes with one line: `N passed, N failed`. Exit code 1 when anything failed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (path) => join(root, 'node_modules', path)
const node = (args, env = {}) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status

const extra = process.argv.slice(2)
const lintOnlyOnce = process.env.TRAILLAKE_SKIP_LINT === '1' ? 0 : node([bin('@biomejs/biome/bin/biome'), 'check', '.'])

const folder = mkdtempSync(join(tmpdir(), 'traillake-check-'))
const report = join(folder, 'report.json')
const tests = node(
  [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...extra],
  { TRAILLAKE_SKIP_BUILD: '1' },
)

let passed = 0
let failed = 0
let skipped = 0
try {
  const result = JSON.parse(readFileSync(report, 'utf8'))
  passed = result.numPassedTests
  // A file that fails to load holds no test result of its own, yet it is a failure.
  failed =
    result.numFailedTests +
    result.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length
  skipped = result.numPendingTests + result.numTodoTests
} catch (error) {
  console.error(`no test report: ${error.message}`)
  failed = 1
}
rmSync(folder, { recursive: true, force: true })
if (tests !== 0 && failed === 0) failed = 1
if (passed === 0) failed = Math.max(failed, 1)
if (lintOnlyOnce !== 0) {
  console.error('lint: failed (see above; `npm run format` mends most of it)')
  failed += 1
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 ? 1 : 0)
