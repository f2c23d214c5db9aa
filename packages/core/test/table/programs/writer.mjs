// A writer in a process of its own: `node writer.mjs <folder> <role> <name> <count>`.
// Prints `ready`, waits for a line, works, prints `landed <version> <path>` for each commit and `done <lost races>`.
import { setTimeout as sleep } from 'node:timers/promises'
import { createTableEngine } from '../../../build/engine/table-engine.js'
import { isTraillakeError } from '../../../build/errors/index.js'
import { openLocalStore } from '../../../build/storage/local.js'
import { buildStats, openTable } from '../../../build/table/index.js'

const [folder, role, name, count] = process.argv.slice(2)
const store = openLocalStore(folder)
const engine = createTableEngine({ scratch: `${folder}/tmp` })
const table = await openTable(store, 'events', { engine })
let lost = 0

async function writeFile(path, rows) {
  const bytes = Buffer.alloc(rows, 'x')
  if (!(await store.putIfAbsent(`events/${path}`, bytes))) throw new Error(`${path} is taken`)
  const stats = buildStats(rows, [])
  return { path, partitionValues: {}, size: rows, modificationTime: Date.now(), dataChange: true, stats }
}

async function append(i) {
  const add = await writeFile(`${name}-${i}`, 1)
  const { version, attempts } = await table.commit({
    snapshot: table.current(),
    actions: [{ add }],
    commitInfo: { operation: 'WRITE', isBlindAppend: true },
  })
  lost += attempts - 1
  process.stdout.write(`landed ${version} ${add.path}\n`)
}

/** Joins the three oldest files into one. */
async function compact(i) {
  const snapshot = await table.refresh()
  const inputs = [...snapshot.files.values()].slice(0, 3)
  const add = await writeFile(
    `${name}-${i}`,
    inputs.reduce((sum, f) => sum + f.size, 0),
  )
  const removes = inputs.map((f) => ({ remove: { path: f.path, deletionTimestamp: Date.now(), dataChange: false } }))
  try {
    await table.commit({
      snapshot,
      actions: [...removes, { add: { ...add, dataChange: false } }],
      commitInfo: { operation: 'OPTIMIZE', isBlindAppend: false },
    })
  } catch (error) {
    if (!isTraillakeError(error, 'COMMIT_CONFLICT')) throw error
    lost += 1
    await store.delete(`events/${add.path}`)
  }
}

process.stdout.write('ready\n')
await new Promise((go) => process.stdin.once('data', go))
for (let i = 0; i < Number(count); i++) {
  if (role === 'append') await append(i)
  else if (role === 'compact') await compact(i)
  else if (role === 'append-and-checkpoint') {
    await append(i)
    if (i % 4 === 3) await table.checkpoint()
  }
  await sleep(Math.random() * 3)
}
engine.close()
process.stdout.write(`done ${lost}\n`, () => process.exit(0))
