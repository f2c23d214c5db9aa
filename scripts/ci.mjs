// The whole verification of a clone: tests on this Node, the demo in a fresh clone, the packed packages in an empty folder, build and
// goldens on the other Node lines. Closes with one line: `N passed, N failed`.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@10.34.9'
const OTHER_NODES = ['22.23.3', '24.21.0']
const root = fileURLToPath(new URL('..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'traillake-ci-'))
let passed = 0
let failed = 0

await step('npm test', async () => count(await run('npm', ['test'], root)))

await step('npm run demo, in a fresh clone', async () => {
  const clone = join(work, 'clone')
  mustPass(await run('git', ['clone', '--quiet', root, clone], work))
  const demo = await run('npm', ['run', 'demo'], clone)
  mustPass(demo)
  for (const expected of [
    /^read [\d,]+ = kept [\d,]+ \+ duplicate [\d,]+ \+ filtered [\d,]+ \+ quarantined [\d,]+$/m,
    /Parquet files/,
    /What next\?/,
  ]) {
    if (!expected.test(plain(demo.output))) throw new Error(`the demo did not print ${expected}`)
  }
})

await step('the packed packages, in an empty folder', async () => {
  const tarballs = join(work, 'tarballs')
  for (const name of ['core', 'server', 'cli'])
    mustPass(await run('npx', ['-y', PNPM, 'pack', '--pack-destination', tarballs], join(root, 'packages', name)))
  const empty = mkdtempSync(join(work, 'empty-'))
  mustPass(await run('npm', ['init', '-y', '--silent'], empty))
  mustPass(
    await run(
      'npm',
      ['install', '--no-audit', '--no-fund', ...readdirSync(tarballs).map((file) => join(tarballs, file))],
      empty,
    ),
  )
  mustPass(await run('npx', ['traillake', 'demo'], empty))
  mustPass(
    await run(
      'npx',
      ['traillake', 'query', 'SELECT count(*) AS events FROM demo', '--lake', 'demo-lake', '--format', 'csv'],
      empty,
    ),
  )
})

for (const version of OTHER_NODES) {
  await step(`build and goldens on Node ${version}`, async () => {
    const home = join(work, `node-${version}`)
    mustPass(await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', home, `node@${version}`], work))
    const env = {
      PATH: `${join(home, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
      TRAILLAKE_SKIP_LINT: '1',
      TRAILLAKE_TEST_STORAGE: 'disk',
    }
    mustPass(
      await run(
        'node',
        [
          '-e',
          `if (process.version !== 'v${version}') { console.error('ran on ' + process.version); process.exit(1) }`,
        ],
        root,
        env,
      ),
    )
    mustPass(await run('node', ['scripts/build.mjs', '--force'], root, env))
    count(await run('node', ['scripts/check.mjs', 'golden', 'lake.test', 'import-logs', 'import/processes'], root, env))
  })
}

rmSync(work, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)

async function step(name, action) {
  const started = Date.now()
  console.log(`\n=== ${name}`)
  try {
    await action()
    passed += 1
    console.log(`=== ${name}: passed in ${Math.round((Date.now() - started) / 1000)} s`)
  } catch (error) {
    failed += 1
    console.log(`=== ${name}: FAILED after ${Math.round((Date.now() - started) / 1000)} s: ${error.message}`)
  }
}

/** Adds the closing line of a test run to the totals. */
function count({ code, output }) {
  const line = [...plain(output).matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1)
  if (!line) throw new Error('no closing line')
  passed += Number(line[1])
  failed += Number(line[2])
  if (code !== 0) throw new Error(line[0])
}

function mustPass({ code, command }) {
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
}

function plain(text) {
  return text.replace(/\u001b\[[0-9;]*m/g, '')
}

/** Runs a command, shows what it prints, and keeps it. */
function run(command, args, cwd, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.setEncoding('utf8')
      from.on('data', (text) => {
        output += text
        to.write(text)
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output, command: [command, ...args].join(' ') }))
  })
}
