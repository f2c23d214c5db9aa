// Does all that can be done with a lake and says what came of each, as one JSON object. Runs the library as it ships.
// Arguments: lake, source, import id, options of `openLake` (JSON).
const [location, source, importId, options = '{}'] = process.argv.slice(2)
const { openLake } = await import(new URL('../../../dist/index.js', import.meta.url))

const came = {}
const lake = await openLake(location, JSON.parse(options))
const attempt = async (name, work) => {
  came[name] = await work().catch((error) => error.code ?? String(error))
}
await attempt('query', async () => {
  const { rows } = await (await lake.query('SELECT count(*) FROM org', { rowMode: 'array' })).toJson()
  return rows[0][0]
})
await attempt('describe', async () => (await lake.describe('org')).events)
await attempt('verify', async () => (await lake.verify()).errors)
await attempt('dry run', async () => (await lake.import(source, { into: 'org', dryRun: true })).read)
await attempt('import', async () => (await lake.import(source, { into: 'org' })).read)
await attempt('create', async () => (await lake.createEventDataStore({ name: 'other' })).name)
await attempt('undo', async () => (await lake.imports.undo(importId)).events)
await attempt('compact', async () => (await lake.compact()).failures)
await attempt('vacuum', async () => (await lake.vacuum()).deleted)
await lake.close()
process.stdout.write(JSON.stringify(came))
