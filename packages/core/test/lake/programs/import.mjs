// Imports a folder and says what happens. Arguments: lake, source, event data store, tuning (JSON), options (JSON).
import { load, openLake, say } from './open-lake.mjs'

const [location, source, into, tuning = '{}', json = '{}'] = process.argv.slice(2)
const options = JSON.parse(json)
const { importLogs } = await load('lake/index.js')
const lake = await openLake(location, { create: true, ...(options.s3 && { s3: options.s3 }) })
try {
  const report = await importLogs(lake, source, { into, onProgress: say, ...options }, JSON.parse(tuning))
  say({ kind: 'report', report, peakRssBytes: process.resourceUsage().maxRSS * 1024 })
} catch (error) {
  say({ kind: 'error', code: error.code, message: error.message, stack: error.stack })
  process.exitCode = 1
} finally {
  await lake.close()
}
