import { rmSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashText } from '../../../src/events/index.ts'
import { createBatchWorker } from '../../../src/lake/import/batch-worker.ts'
import type { BatchWorker, Claimed, Decision, SourceFile } from '../../../src/lake/import/protocol.ts'
import { importLogs } from '../../../src/lake/index.ts'
import { cleanUpAfterEach, newFolder, openLake, queryEvents } from '../support.ts'
import { type Event, writeLog } from '../trail-files.ts'
import { workerSettings } from './worker-settings.ts'

cleanUpAfterEach()

const nothingKnown: Decision = { stored: [], claimed: [], assumed: new Float64Array() }

function sourceFile(path: string): SourceFile {
  const { size, mtimeMs } = statSync(path)
  return { source: 0, key: basename(path), uri: path, size, etag: `${mtimeMs}`, modifiedMs: mtimeMs, sourceId: path }
}

function newWorker(heldBytes = 1 << 20): BatchWorker {
  return createBatchWorker(workerSettings({ engineMemoryBytes: 1 << 28, heldBytes }), ({ uri }) => readFile(uri))
}

/** Writes files with these events as one batch. */
async function written(files: readonly (readonly Event[])[], decision = nothingKnown, worker = newWorker()) {
  const folder = newFolder()
  const paths = files.map((events, i) => writeLog(folder, `${i}`, events))
  await worker.scan({ number: 0, files: paths.map(sourceFile) })
  await worker.write(0, decision)
  const claims = (...ids: string[]) => worker.claims(0, Float64Array.from(ids, hashText))
  return { paths, worker, claims }
}

const short = (claims: readonly Claimed[] | undefined) =>
  claims?.map(({ eventId, account, day }) => `${eventId} ${account} ${day}`).sort()

describe('a batch that is written', () => {
  test('tells what it keeps, as it told before', async () => {
    const { paths, worker, claims } = await written([
      [{ id: 'a' }, { id: 'b', extra: { note: 'Grüße \\ "' } }],
      [{ id: 'c', account: '444455556666', time: '2024-05-03T00:00:00Z' }, {}],
    ])
    const told = await claims('c', 'b', 'x')
    expect(short(told)).toEqual(['b 111122223333 2024-05-01', 'c 444455556666 2024-05-03'])
    await worker.scan({ number: 1, files: paths.map(sourceFile) })
    const before = await worker.claims(1, Float64Array.from(['b', 'c'], hashText))
    expect(new Set(told)).toEqual(new Set(before))
    await worker.close()
  })

  test('tells nothing of what it does not keep', async () => {
    const first = await written([[{ id: 'a' }]])
    const [a] = (await first.claims('a'))!
    const { claims } = await written([[{ id: 'a' }], [{ id: 'a' }, { id: 'b' }, { id: 'b', name: 'Other' }]], {
      ...nothingKnown,
      claimed: [a!],
    })
    expect(await claims('a')).toEqual([])
    expect(await claims('b')).toHaveLength(1)
  })

  test('tells all events that share an id', async () => {
    const { claims } = await written([
      [{ id: 'a' }, { id: 'a', account: '444455556666' }],
      [{ id: 'b' }, { id: 'a', time: '2024-05-02T10:00:00Z' }],
    ])
    expect(short(await claims('a'))).toEqual([
      'a 111122223333 2024-05-01',
      'a 111122223333 2024-05-02',
      'a 444455556666 2024-05-01',
    ])
  })

  test.each([
    ['is gone', (path: string) => rmSync(path)],
    ['says something else', (path: string) => writeLog(dirname(path), '0', [{ id: 'a', name: 'Other' }])],
    ['is shorter', (path: string) => writeLog(dirname(path), '0', [])],
  ])('does not guess when a file %s', async (_, change) => {
    const { paths, claims } = await written([[{ id: 'a' }], [{ id: 'b' }]])
    change(paths[0]!)
    expect(await claims('a')).toBeUndefined()
    expect(await claims('b')).toHaveLength(1)
  })

  test('does not guess about files that were brought here', async () => {
    const worker = newWorker()
    const path = writeLog(newFolder(), 'log', [{ id: 'a' }])
    await worker.scan({ number: 0, files: [{ ...sourceFile(path), fetched: { path } }] })
    await worker.write(0, nothingKnown)
    expect(await worker.claims(0, Float64Array.of(hashText('a')))).toBeUndefined()
    await worker.close()
  })

  test('does not guess about files that are read as streams, nor once it is read anew', async () => {
    const { claims } = await written([[{ id: 'a' }]], nothingKnown, newWorker(0))
    expect(await claims('a')).toBeUndefined()
    const { worker, claims: again } = await written([[{ id: 'a' }]])
    await worker.scan({ number: 0, files: [] })
    expect(await again('a')).toEqual([])
  })
})

describe('an event that comes once more in the same import', () => {
  /** Of `files` each is a batch of its own; the third is read when the first is committed. */
  async function imported(files: readonly (readonly Event[])[], onFirst: (folder: string) => void = () => undefined) {
    const source = newFolder()
    files.forEach((events, i) => {
      writeLog(source, `${i}`, events)
    })
    const lake = await openLake()
    let isFirst = true
    const { store, ...report } = await importLogs(
      lake,
      source,
      {
        into: 'org',
        onProgress({ kind }) {
          if (kind !== 'committed' || !isFirst) return
          isFirst = false
          onFirst(source)
        },
      },
      { inline: true, batchBytes: 1 },
    )
    const names = await queryEvents(lake, store, 'SELECT eventname FROM events ORDER BY eventid, eventname')
    return { report, names: names.map(({ eventname }) => eventname) }
  }

  const others = [{ id: '2' }]
  const files = [[{ id: '1', name: 'First' }], others, [{ id: '1', name: 'First' }], [{ id: '1', name: 'Second' }]]
  const expected = { read: 4, kept: 2, duplicate: 1, quarantined: 1 }

  test('is a duplicate or in conflict', async () => {
    const { report, names } = await imported(files)
    expect(report).toMatchObject(expected)
    expect(names).toEqual(['First', 'A'])
  })

  test.each([
    ['gone', (folder: string) => rmSync(`${folder}/0.json.gz`)],
    ['another', (folder: string) => void writeLog(folder, '0', [{ id: '1', name: 'Second' }])],
  ])('is that by what is stored when the file of the first is %s', async (_, change) => {
    const { report, names } = await imported(files, change)
    expect(report).toMatchObject(expected)
    expect(names).toEqual(['First', 'A'])
  })
})
