// Imports a folder and says what happens, a JSON line an event. Runs the compiled library as the type check leaves it in `build/`.
// Arguments: lake, source, event data store, tuning (JSON), options (JSON).
const [lakeFolder, source, into, tuning = '{}', options = '{}'] = process.argv.slice(2)
const build = new URL('../../../build/', import.meta.url)
const { createLakeContext, importLogs, openLakeFile } = await import(new URL('lake/index.js', build))
const { openObjectStore } = await import(new URL('storage/index.js', build))

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)
const { s3 } = JSON.parse(options)
const storageOptions = s3 ? { s3 } : {}
const storage = await openObjectStore(lakeFolder, storageOptions)
const lake = createLakeContext(storage, await openLakeFile(storage, { create: true }), { storageOptions })
try {
  const report = await importLogs(lake, source, { into, onProgress: say, ...JSON.parse(options) }, JSON.parse(tuning))
  say({ kind: 'report', report, peakRssBytes: process.resourceUsage().maxRSS * 1024 })
} catch (error) {
  say({ kind: 'error', code: error.code, message: error.message, stack: error.stack })
  process.exitCode = 1
} finally {
  await lake.close()
}
