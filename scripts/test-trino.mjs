// Compares answers with those of a real Trino 476: `npm run test:trino [-- --queries N --seed S]`.
//
// Random typed queries, the golden queries through target trino, and a lake in S3 that both read and write. It takes the server that
// TRAILLAKE_TRINO names (then TRAILLAKE_TRINO_ROOT is the folder that its catalog `delta` calls `local:///`, and its catalog.management is
// dynamic), or starts one where there are JDK 24 and Maven.
// Without either it says so and exits with 0.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { answers, findJdk, hasMaven, startTrino } from './trino-server.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    queries: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    /** Leaves the others out. */
    'random-only': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log('npm run test:trino [-- --queries 2000 --seed 1 --random-only]')
  process.exit(0)
}
for (const name of ['queries', 'seed']) {
  if (/^\d+$/.test(values[name])) continue
  console.error(`--${name} must be a whole number`)
  process.exit(2)
}

const server = await findServer()
if (typeof server === 'string') {
  console.log(`skipped: ${server}`)
  process.exit(0)
}
let status = 1
try {
  const files = ['packages/core/test/trino/random.test.ts']
  if (!values['random-only'])
    files.push('packages/core/test/trino/goldens.test.ts', 'packages/core/test/s3/trino.test.ts')
  const run = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...files], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      TRAILLAKE_TRINO: server.url,
      TRAILLAKE_TRINO_ROOT: server.root,
      TRAILLAKE_TRINO_QUERIES: values.queries,
      TRAILLAKE_TRINO_SEED: values.seed,
    },
  })
  status = run.status ?? 1
} finally {
  await server.stop()
}
process.exit(status)

/** A server to ask; a text that says why there is none. */
async function findServer() {
  const { TRAILLAKE_TRINO: url, TRAILLAKE_TRINO_ROOT: folder } = process.env
  if (url) {
    if (!folder) return 'TRAILLAKE_TRINO is set, but TRAILLAKE_TRINO_ROOT is not'
    return (await answers(url)) ? { url, root: folder, stop: async () => {} } : `no Trino answers at ${url}`
  }
  const jdk = findJdk()
  if (!jdk) return 'Trino 476 needs JDK 24 or newer (TRINO_JAVA_HOME names one), or TRAILLAKE_TRINO a server that runs'
  if (!hasMaven())
    return 'the server comes from Maven Central, and there is no mvn; TRAILLAKE_TRINO names one that runs'
  return startTrino(jdk)
}
