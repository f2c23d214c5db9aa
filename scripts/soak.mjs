// Long proofs, with new seeds: `npm run soak [-- --kills 500 --mutants 20000 --rounds 20 --queries 1000 --only kills|mutants|equality|queries|properties]`;
// with `--storage s3` the first three, with their lakes on an S3 server.
// Ends with a line a part and exit code 1 when one failed. Seeds are printed: TRAILLAKE_SEED=<seed> repeats one.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    kills: text,
    mutants: text,
    rounds: text,
    queries: text,
    only: text,
    storage: { ...text, default: 'disk' },
  },
})

/** A whole number of at least `least`. */
function count(name, fallback, least) {
  const number = Number(values[name] ?? fallback)
  if (Number.isInteger(number) && number >= least) return number
  console.error(`--${name} must be a whole number from ${least}`)
  process.exit(2)
}
const kills = count('kills', 500, 10)
const mutants = count('mutants', 20_000, 200)
const rounds = count('rounds', 20, 1)
const queries = count('queries', 1000, 60)

/** Tests that draw their cases. */
function propertyTests() {
  return readdirSync(join(root, 'packages'), { recursive: true })
    .map((path) => join('packages', path))
    .filter((path) => !path.includes('node_modules') && /\/test\/.*\.test\.ts$/.test(path))
    .filter((path) => /from 'fast-check'|seedOfRun/.test(readFileSync(join(root, path), 'utf8')))
    .filter((path) => !/\/(all-killed|mutants|processes|query\/soak)\.test\.ts$/.test(path))
}

const lake = 'packages/core/test/lake'
const parts = {
  // The fewest are enough for a kill at every depth.
  kills: {
    files: ['all-killed', 'compact/killed', 'imports/killed', 'import/processes'].map((name) => `${lake}/${name}`),
    env: { TRAILLAKE_KILLS: String(kills) },
    told: `${kills} kills a test`,
  },
  mutants: { files: [`${lake}/mutants`], env: { TRAILLAKE_MUTANTS: String(mutants) }, told: `${mutants} mutants` },
  equality: { files: [`${lake}/equality`], env: { TRAILLAKE_SOAK: '1' }, told: 'all golden queries' },
  queries: {
    files: ['packages/core/test/query/soak'],
    env: { TRAILLAKE_QUERIES: String(queries) },
    told: `${queries} queries a test`,
  },
  properties: {
    files: propertyTests(),
    env: {},
    rounds,
    told: `${rounds} seeds`,
  },
}
if (!['disk', 's3'].includes(values.storage)) {
  console.error('--storage must be disk or s3')
  process.exit(2)
}
const onS3 = values.storage === 's3'
if (onS3) for (const name of ['queries', 'properties']) delete parts[name]
const storage = { TRAILLAKE_TEST_STORAGE: values.storage, ...(onS3 && { TRAILLAKE_SOAK: '1' }) }
if (values.only !== undefined && !Object.hasOwn(parts, values.only)) {
  console.error(`--only must be one of ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}

const lines = []
let failed = false
for (const [name, part] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue
  const start = performance.now()
  const bad = []
  for (let round = 0; round < (part.rounds ?? 1); round++) {
    const seed = process.env.TRAILLAKE_SEED ?? String(Math.floor(Math.random() * 2 ** 31))
    console.log(`${name}: TRAILLAKE_SEED=${seed}`)
    const { status } = spawnSync(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', ...part.files],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, TRAILLAKE_SKIP_BUILD: '1', TRAILLAKE_SEED: seed, ...storage, ...part.env },
      },
    )
    if (status !== 0) bad.push(seed)
  }
  const seconds = Math.round((performance.now() - start) / 1000)
  lines.push(
    `${name}: ${part.told}, ${seconds} s, ${bad.length === 0 ? 'passed' : `FAILED with seed ${bad.join(', ')}`}`,
  )
  failed ||= bad.length > 0
}
console.log(lines.join('\n'))
process.exit(failed ? 1 : 0)
