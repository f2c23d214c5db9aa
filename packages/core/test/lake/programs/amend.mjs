// Undoes an import, or reads the quarantine again, and says when it begins and what came of it. Arguments: lake, `undo` or `retry`,
// the options' JSON, import id.
import { load, openLake, say } from './open-lake.mjs'

const [location, action, json, id] = process.argv.slice(2)
const { undoImport } = await load('lake/imports/undo.js')
const { retryQuarantine } = await load('lake/quarantine/retry.js')
const lake = await openLake(location)
say({ kind: 'begins' })
try {
  const options = JSON.parse(json)
  const report = action === 'undo' ? await undoImport(lake, id, options) : await retryQuarantine(lake, options)
  say({ kind: 'done', report })
} catch (error) {
  say({ kind: 'error', code: error.code, stack: error.stack })
  process.exitCode = 1
} finally {
  await lake.close()
}
