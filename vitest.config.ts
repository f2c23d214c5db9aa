import { defineConfig } from 'vitest/config'
import { motoPython } from './packages/core/test/s3/moto-python.ts'

const testsOfLakes = (paths: readonly string[]) => paths.map((path) => `packages/core/test/lake/${path}.test.ts`)

/** Tests of lakes that know no storage, or bring their own. */
const OF_NO_STORAGE = testsOfLakes([
  'compact/{foreign,merge}',
  'import/{accounting.property,batch-write,budget,fetch-files,identities,plan-batches,prefixes,row-feeds,trails-elsewhere}',
  'watch',
])
/** Long ones that find the same in either storage, as far as anybody knows: in S3 only where the whole is asked for. */
const MORE_OF_THE_SAME = testsOfLakes([
  'compact/compact',
  'disturbed',
  'import/{archives,empty-archives,goldens,memory,other-forms,processes,query-results}',
  'imports/killed',
  'mutants',
  'stores',
])

/** Where the lakes of `packages/core/test/lake` lie: each is a project; TRAILLAKE_TEST_STORAGE names one of them to run it alone. */
const storages = {
  disk: { include: ['packages/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts'] },
  s3: {
    include: testsOfLakes(['**/*']),
    exclude: [...OF_NO_STORAGE, ...(process.env.TRAILLAKE_SOAK === '1' ? [] : MORE_OF_THE_SAME)],
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
}
type Storage = keyof typeof storages

async function chooseStorages(): Promise<readonly Storage[]> {
  const wanted = process.env.TRAILLAKE_TEST_STORAGE
  const chosen = wanted === undefined ? (['disk', 's3'] as const) : [wanted as Storage]
  if (wanted !== undefined && !Object.hasOwn(storages, wanted)) throw new Error('TRAILLAKE_TEST_STORAGE is disk or s3')
  // Says aloud that there is none.
  if (chosen.includes('s3') && !(await motoPython())) return chosen.filter((name) => name !== 's3')
  return chosen
}

export default defineConfig(async () => ({
  test: {
    // Tests spawn the compiled worker and CLI: they must be those of this source.
    globalSetup: ['./scripts/build-once.mjs'],
    setupFiles: ['./scripts/seed-tests.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: (await chooseStorages()).map((name) => ({
      extends: true as const,
      test: { name, ...storages[name], env: { TRAILLAKE_TEST_STORAGE: name } },
    })),
  },
}))
