// Installs the workspace's dependencies when they are missing or stale, and builds it when asked: `node scripts/setup.mjs [--build]`.
// Needs only Node and npm: pnpm comes by npx, in the version that the lockfile was written with.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@10.34.9'
const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, 'node_modules', '.traillake-lock')

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`traillake needs Node 20 or newer, this is ${process.version}`)

const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8') + process.version
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing dependencies …')
  // npm passes its own settings to children as npm_config_*; pnpm would complain about those it does not know.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([k]) => !/^npm_(config_(?!registry|cache)|lifecycle|package|command|execpath|node)/i.test(k),
    ),
  )
  run('npx', ['-y', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'], env)
  writeFileSync(stamp, lock)
}
if (process.argv.includes('--build')) run(process.execPath, [join(root, 'scripts/build.mjs')])

function run(command, args, env = process.env) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 'inherit'], env })
  if (result.error) fail(`${command} could not be started: ${result.error.message}`)
  if (result.status !== 0) fail(`${[command, ...args].join(' ')} failed`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
