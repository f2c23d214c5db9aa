import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openLocalStore } from '../../src/storage/local.ts'
import { fileStats, openTable, type Table } from '../../src/table/index.ts'
import { digits, newTable, pathsOf, temporaryEngine, temporaryFolder } from './helpers.ts'

const program = fileURLToPath(new URL('./programs/writer.mjs', import.meta.url))

/** Starts a writer; `go` lets it begin, `lines` is what it has said so far. */
async function startWriter(folder: string, role: string, name: string, count: number) {
  const child = spawn(process.execPath, [program, folder, role, name, String(count)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), closed])
  return {
    child,
    closed,
    go: () => child.stdin.write('go\n'),
    // The last line may be cut short by a kill.
    lines: () => output.split('\n').slice(0, -1),
    errors: () => errors,
  }
}

const landed = (lines: readonly string[]) =>
  lines
    .filter((l) => l.startsWith('landed '))
    .map((l) => ({ version: Number(l.split(' ')[1]), path: l.split(' ')[2]! }))

/** Rows of a state by its statistics. */
const rowsOf = (files: Iterable<Parameters<typeof fileStats>[0]>) =>
  [...files].reduce((sum, f) => sum + fileStats(f).numRecords!, 0)

/** Walks the log commit by commit: no gap, nothing added twice or removed twice, rows only grow by appends. */
async function checkEveryVersion(table: Table): Promise<number> {
  const live = new Map<string, number>()
  const ever = new Set<string>()
  let appended = 0
  const newest = await table.refresh()
  for (let version = 1; version <= newest.version; version++) {
    const commit = await table.readCommit(version)
    if (!commit) throw new Error(`commit ${version} is missing`)
    for (const action of commit.actions) {
      if ('remove' in action) expect(live.delete(action.remove.path), `${action.remove.path} removed twice`).toBe(true)
      if ('add' in action) {
        expect(ever.has(action.add.path), `${action.add.path} added twice`).toBe(false)
        ever.add(action.add.path)
        live.set(action.add.path, action.add.size)
        if (action.add.dataChange) appended += action.add.size
      }
    }
    expect(
      [...live.values()].reduce((a, b) => a + b, 0),
      `rows of version ${version}`,
    ).toBe(appended)
  }
  expect(new Set(pathsOf(newest))).toEqual(new Set(live.keys()))
  expect(rowsOf(newest.files.values())).toBe(appended)
  return appended
}

test('three appenders and two compactors at once: nothing is lost and nothing doubled', async () => {
  const folder = await temporaryFolder()
  const table = await newTable(openLocalStore(folder))
  const count = 60
  const writers = await Promise.all([
    ...['a', 'b', 'c'].map((name) => startWriter(folder, 'append', name, count)),
    ...['x', 'y'].map((name) => startWriter(folder, 'compact', name, count)),
  ])
  for (const writer of writers) writer.go()
  for (const writer of writers) expect([await writer.closed, writer.errors()]).toEqual([[0, null], ''])

  expect(await checkEveryVersion(table)).toBe(3 * count)
  const reported = writers.flatMap((w) => landed(w.lines()))
  expect(reported).toHaveLength(3 * count)
  for (const { version, path } of reported) {
    const commit = await table.readCommit(version)
    expect(commit?.actions.some((a) => 'add' in a && a.add.path === path)).toBe(true)
  }
  const lost = writers.map((w) => Number(w.lines().at(-1)?.split(' ')[1]))
  expect(
    lost.reduce((a, b) => a + b, 0),
    'no race took place',
  ).toBeGreaterThan(10)
  // Live files are all there; what the compactors replaced is still on disk for older versions.
  for (const file of table.current().files.values())
    expect(await table.store.head(file.key)).toMatchObject({ size: file.size })
  expect((await readdir(join(folder, 'events/_delta_log'))).filter((n) => n.startsWith('.tmp-'))).toEqual([])
})

test('a writer killed at any moment leaves a table that is whole, and everything it reported', async () => {
  const folder = await temporaryFolder()
  const store = openLocalStore(folder)
  const engine = await temporaryEngine()
  const table = await newTable(store)
  const kills = 30
  let [reported, killed] = [0, 0]
  for (let round = 0; round < kills; round++) {
    const writer = await startWriter(folder, 'append-and-checkpoint', `r${round}`, 100_000)
    writer.go()
    // By commits and not by the clock: on a busy machine too, some rounds die in a commit and some in a checkpoint.
    const commits = round % 10
    while (landed(writer.lines()).length < commits && writer.child.exitCode === null) await sleep(1)
    await sleep(Math.random() * 20)
    writer.child.kill('SIGKILL')
    const [, signal] = await writer.closed
    expect(writer.errors()).toBe('')
    if (signal === 'SIGKILL') killed += 1

    const opened = await openTable(store, 'events', { engine })
    const snapshot = opened.current()
    for (const { version, path } of landed(writer.lines())) {
      reported += 1
      expect(version).toBeLessThanOrEqual(snapshot.version)
      expect(snapshot.files.has(path), `${path} was reported`).toBe(true)
    }
    for (const file of snapshot.files.values()) {
      if (file.path.startsWith(`r${round}-`)) expect(await store.head(file.key)).toMatchObject({ size: file.size })
    }
  }
  expect(killed).toBe(kills)
  expect(reported).toBeGreaterThan(kills)
  await checkEveryVersion(table)
  // The same state without any checkpoint.
  const replayed = pathsOf(table.current())
  expect(pathsOf((await openTable(store, 'events', { engine })).current())).toEqual(replayed)
  expect(await store.head(`events/_delta_log/_last_checkpoint`)).toBeDefined()
  const { version } = JSON.parse((await store.get('events/_delta_log/_last_checkpoint')).toString())
  for (let v = 0; v < version; v++) await store.delete(`events/_delta_log/${digits(v)}.json`)
  expect(pathsOf((await openTable(store, 'events', { engine })).current())).toEqual(replayed)
}, 180_000)
