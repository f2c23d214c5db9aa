// Compacts or vacuums a lake and says what happens, a JSON line an event. Runs the compiled library as the type check leaves it
// in `build/`. Arguments: verb, lake, options (JSON).
const [verb, lakeFolder, options = '{}'] = process.argv.slice(2)
const build = new URL('../../../build/', import.meta.url)
const { createLakeContext, openLakeFile } = await import(new URL('lake/index.js', build))
const { openLocalStore } = await import(new URL('storage/index.js', build))
const { compactLake } = await import(new URL('lake/compact/compact.js', build))
const { vacuumLake } = await import(new URL('lake/vacuum/vacuum.js', build))

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)
const storage = openLocalStore(lakeFolder)
const lake = createLakeContext(storage, await openLakeFile(storage))
try {
  say({ kind: 'started' })
  const report =
    verb === 'compact'
      ? await compactLake(lake, { onProgress: ({ kind }) => say({ kind }), ...JSON.parse(options) })
      : await vacuumLake(lake, JSON.parse(options))
  say({ kind: 'report', report })
} catch (error) {
  say({ kind: 'error', code: error.code, message: error.message, stack: error.stack })
  process.exitCode = 1
} finally {
  await lake.close()
}
