// Builds what ships: `node scripts/build.mjs [--force]`.
//
//   tsc      checks types; writes declarations to dist/, and every module by itself to build/, where tests start threads and processes
//   esbuild  joins the modules of each package into few files in dist/: loading hundreds of small ones costs half a second
//
// What a package lists under `dependencies` stays outside; what it imports beyond that goes into its files, with its licence.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** File in dist/ (without .js) by source. */
const entries = {
  core: {
    index: 'index.ts',
    'sql/index': 'sql/index.ts',
    'errors/index': 'errors/index.ts',
    'schema/index': 'schema/index.ts',
    // Beside the chunk that starts it: `lake/import/thread-worker.ts` looks for it in its own folder.
    'import-worker': 'lake/import/import-worker.ts',
    // The same for `query/open-engine.ts`.
    'engine-process': 'query/engine-process.ts',
  },
  server: { index: 'index.ts' },
  cli: { main: 'main.ts' },
}

/** Dependencies that are joined all the same, each by itself because it is loaded late and by `require`: its file in dist/, and what tells the source. */
const required = {
  core: { '@duckdb/node-api': { out: 'duckdb-client', name: 'DUCKDB_CLIENT' } },
}

/** Checks types, then joins. @throws Error when a type is wrong */
export async function build({ force = false } = {}) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-b', ...(force ? ['--force'] : [])]
  // The type checker's words go to standard error: standard output belongs to whoever started the build.
  const run = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 'inherit'] })
  if (run.status !== 0) throw new Error('tsc -b failed: fix the type errors above first')
  await bundle({ force })
}

/** Joins the modules of each package whose sources are newer than its files. */
export async function bundle({ force = false } = {}) {
  const release = await lock()
  try {
    await bundleStale(force)
  } finally {
    release()
  }
}

async function bundleStale(force) {
  for (const [name, files] of Object.entries(entries)) {
    const folder = join(root, 'packages', name)
    const stamp = join(folder, 'dist/.bundled')
    const newest = Math.max(...inputs(folder).map((file) => statSync(file).mtimeMs))
    if (!force && existsSync(stamp) && Number(readFileSync(stamp, 'utf8')) >= newest) continue
    await bundlePackage(folder, files, required[name] ?? {})
    writeFileSync(stamp, String(newest))
  }
}

/** One process at a time: two that see different sources would leave entries of one with chunks of the other. */
async function lock() {
  const file = join(root, 'node_modules/.traillake-bundling')
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!isHeld(file)) rmSync(file, { force: true })
    else await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Whether the process that made the lock lives; a lock of less than two seconds may not have its number yet. */
function isHeld(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs < 2000) return true
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch {
    return false
  }
}

async function bundlePackage(folder, files, late) {
  const { build: esbuild } = await import('esbuild')
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const dist = join(folder, 'dist')
  const outside = Object.keys(dependencies).filter((name) => !(name in late))
  const common = {
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    target: 'node20',
    external: ['node:*', ...outside.flatMap((name) => [name, `${name}/*`])],
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  }
  const own = await esbuild({
    ...common,
    entryPoints: Object.entries(files).map(([out, file]) => ({ in: join(folder, 'src', file), out })),
    chunkNames: '[name]-[hash]',
    splitting: true,
    format: 'esm',
    // Neither Node nor a browser: `@traillake/core/sql` must run in both.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    sourcemap: true,
    define: Object.fromEntries(Object.values(late).map(({ out, name }) => [name, JSON.stringify(`./${out}.cjs`)])),
  })
  const others = await Promise.all(
    Object.entries(late).map(([name, { out }]) =>
      esbuild({
        ...common,
        stdin: { contents: `module.exports = require('${name}')`, resolveDir: folder },
        entryNames: out,
        outExtension: { '.js': '.cjs' },
        format: 'cjs',
        platform: 'node',
      }),
    ),
  )
  const all = [own, ...others]
  // Chunks before those that import them, each in one go: another process may start from these files meanwhile.
  const written = all.flatMap(({ outputFiles }) => outputFiles)
  const isEntry = ({ path }) => relative(dist, path).replace(/\.js$/, '') in files
  for (const file of written.sort((a, b) => isEntry(a) - isEntry(b))) put(file.path, file.contents)
  const licences = licencesOf(all.flatMap(({ metafile }) => Object.keys(metafile.inputs)))
  if (licences) put(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences)
  const current = new Set(written.map((file) => file.path))
  for (const path of walk(dist)) if (/\.c?js(\.map)?$/.test(path) && !current.has(path)) rmSync(path, { force: true })
}

function put(path, contents) {
  mkdirSync(dirname(path), { recursive: true })
  const part = `${path}.${process.pid}.part`
  writeFileSync(part, contents)
  renameSync(part, path)
}

/** The licences of all packages whose code went in. */
function licencesOf(inputs) {
  const packages = new Set(inputs.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file) ?? []))
  return [...packages]
    .sort()
    .map((folder) => {
      const path = join(root, folder)
      const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
      const text = readdirSync(path).find((file) => /^licen[cs]e/i.test(file))
      return `${name} ${version} (${license})\n\n${text ? readFileSync(join(path, text), 'utf8').trim() : ''}`.trim()
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
}

/** Everything that a package's files depend on, this program included. */
function inputs(folder) {
  return [
    ...walk(join(folder, 'src')),
    join(folder, 'package.json'),
    join(root, 'pnpm-lock.yaml'),
    fileURLToPath(import.meta.url),
  ]
}

function walk(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

if (basename(process.argv[1] ?? '') === 'build.mjs') {
  try {
    await build({ force: process.argv.includes('--force') })
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
