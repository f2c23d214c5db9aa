// Undoes an import, or reads the quarantine again, and says when it begins and what came of it. Runs the compiled library as the
// type check leaves it in `build/`. Arguments: lake, `undo` or `retry`, the options' JSON, import id.
const [lakeFolder, action, options, id] = process.argv.slice(2)
const build = new URL('../../../build/', import.meta.url)
const { createLakeContext, openLakeFile } = await import(new URL('lake/index.js', build))
const { undoImport } = await import(new URL('lake/imports/undo.js', build))
const { retryQuarantine } = await import(new URL('lake/quarantine/retry.js', build))
const { openLocalStore } = await import(new URL('storage/index.js', build))

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)
const storage = openLocalStore(lakeFolder)
const lake = createLakeContext(storage, await openLakeFile(storage))
say({ kind: 'begins' })
try {
  const parsed = JSON.parse(options)
  say({
    kind: 'done',
    report: action === 'undo' ? await undoImport(lake, id, parsed) : await retryQuarantine(lake, parsed),
  })
} catch (error) {
  say({ kind: 'error', code: error.code, stack: error.stack })
  process.exitCode = 1
} finally {
  await lake.close()
}
