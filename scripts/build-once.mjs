// Compiles the workspace before a test run, because import workers and the CLI run from dist/.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export default function setup() {
  if (process.env.TRAILLAKE_SKIP_BUILD === '1') return
  const root = fileURLToPath(new URL('..', import.meta.url))
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
  const run = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' })
  if (run.status !== 0) throw new Error('tsc -b failed: fix the type errors above first')
}
