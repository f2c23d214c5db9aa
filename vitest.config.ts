import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts'],
    // Tests spawn the compiled worker and CLI: they must be those of this source.
    globalSetup: ['./scripts/build-once.mjs'],
    setupFiles: ['./scripts/seed-tests.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
