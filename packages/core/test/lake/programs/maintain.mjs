// Compacts or vacuums a lake and says what happens. Arguments: verb, lake, options (JSON).
import { load, openLake, say } from './open-lake.mjs'

const [verb, location, json = '{}'] = process.argv.slice(2)
const options = JSON.parse(json)
const { compactLake } = await load('lake/compact/compact.js')
const { vacuumLake } = await load('lake/vacuum/vacuum.js')
const lake = await openLake(location)
try {
  say({ kind: 'started' })
  const report =
    verb === 'compact'
      ? await compactLake(lake, { onProgress: ({ kind }) => say({ kind }), ...options })
      : await vacuumLake(lake, options)
  say({ kind: 'report', report })
} catch (error) {
  say({ kind: 'error', code: error.code, message: error.message, stack: error.stack })
  process.exitCode = 1
} finally {
  await lake.close()
}
