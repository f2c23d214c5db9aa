import { describe, expect, test } from 'vitest'
import { type Fault, type FaultCall, withFaults } from '../../src/storage/fault.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectStore } from '../../src/storage/object-store.ts'
import { type CommitRequest, openTable, type Winner } from '../../src/table/index.ts'
import { buildSchemaString } from '../../src/table/schema-string.ts'
import { addOf, append, columns, digits, newTable, pathsOf, removeOf, stores, WRITE, writeForeign } from './helpers.ts'

/** Two handles of one table, as two processes have them. */
async function rivals(store: ObjectStore = openMemoryStore()) {
  const one = await newTable(store)
  await append(one, 'a', 'b')
  const two = await openTable(store, 'events')
  return { store, one, two, start: two.current() }
}

const metaDataWith = (snapshot: { metadata: object }) => ({
  metaData: {
    ...(snapshot.metadata as Winner['snapshot']['metadata']),
    schemaString: buildSchemaString([...columns, { name: 'more', type: columns[0]!.type }]),
  },
})

describe.each(stores)('races %s', (_, open) => {
  test('an append that lost retries the same actions on the next number', async () => {
    const { one, two, start } = await rivals(await open())
    await append(one, 'c')
    await append(one, 'd')
    const winners: Winner[] = []
    const onConflict = (winner: Winner) => {
      winners.push(winner)
      return { kind: 'retry' } as const
    }
    const commitInfo = { operation: 'WRITE', isBlindAppend: true, traillake: { ledger: [], read: 3 } }
    const result = await two.commit({ snapshot: start, actions: [addOf('x')], commitInfo, onConflict })
    expect(result.version).toBe(4)
    expect(pathsOf(result.snapshot)).toEqual(['a', 'b', 'c', 'd', 'x'])
    expect(winners.map((w) => [w.version, pathsOf(w.snapshot).at(-1), w.schemaChanged, w.lostRemoves])).toEqual([
      [2, 'c', false, []],
      [3, 'd', false, []],
    ])
    expect(winners[0]?.commitInfo).toMatchObject({
      operation: 'WRITE',
      txnId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    const written = await one.readCommit(4)
    expect(written?.commitInfo).toMatchObject({
      ...commitInfo,
      engineInfo: expect.stringMatching(/^traillake\//),
      txnId: expect.any(String),
    })
    expect(written?.actions).toHaveLength(2)
  })

  test('many appends at once all land, each once', async () => {
    const { one, two, start } = await rivals(await open())
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? one : two).commit({ snapshot: start, actions: [addOf(`x${i}`)], commitInfo: WRITE }),
      ),
    )
    expect(results.map((r) => r.version).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 2))
    expect(new Set(pathsOf(await one.refresh()))).toEqual(new Set(['a', 'b', ...results.map((_, i) => `x${i}`)]))
    expect(results.every((r) => r.snapshot.files.size === r.version + 1)).toBe(true)
  })
})

describe('what a lost race means', () => {
  const retry: CommitRequest['onConflict'] = () => ({ kind: 'retry' })

  /** We, the winner, and what must become of it, with and without being asked. */
  test.each([
    { name: 'import after import', ours: [addOf('x')], theirs: [addOf('c')], lands: true },
    {
      name: 'import after compaction',
      ours: [addOf('x')],
      theirs: [removeOf('a'), removeOf('b'), addOf('ab')],
      lands: true,
    },
    {
      name: 'compaction after import',
      ours: [removeOf('a'), removeOf('b'), addOf('ab')],
      theirs: [addOf('c')],
      lands: true,
    },
    {
      name: 'compaction after another of the same files',
      ours: [removeOf('a'), removeOf('b'), addOf('ab')],
      theirs: [removeOf('b'), addOf('y')],
      lands: false,
    },
    {
      name: 'compaction after retention of other files',
      ours: [removeOf('a'), addOf('a2')],
      theirs: [removeOf('b')],
      lands: true,
    },
    { name: 'retention after retention', ours: [removeOf('a')], theirs: [removeOf('a')], lands: false },
    { name: 'the same file twice', ours: [addOf('x')], theirs: [addOf('x')], lands: false },
    {
      name: 'one application',
      ours: [{ txn: { appId: 'e', version: 5 } }],
      theirs: [{ txn: { appId: 'e', version: 4 } }],
      lands: false,
    },
    {
      name: 'two applications',
      ours: [{ txn: { appId: 'e', version: 5 } }],
      theirs: [{ txn: { appId: 'f', version: 4 } }],
      lands: true,
    },
  ])('$name', async ({ ours, theirs, lands }) => {
    for (const onConflict of [undefined, retry]) {
      const { one, two, start } = await rivals()
      await one.commit({ snapshot: start, actions: theirs, commitInfo: WRITE })
      const between = one.current()
      const ourCommit = two.commit({
        snapshot: start,
        actions: ours,
        commitInfo: WRITE,
        ...(onConflict ? { onConflict } : {}),
      })
      if (lands) expect((await ourCommit).version).toBe(between.version + 1)
      else {
        await expect(ourCommit).rejects.toMatchObject({
          code: 'COMMIT_CONFLICT',
          message: expect.stringContaining('nothing was written'),
        })
        expect(await one.refresh()).toBe(between)
      }
    }
  })

  test('a column added by another: the batch must be made anew', async () => {
    const { one, two, start } = await rivals()
    await one.commit({ snapshot: start, actions: [metaDataWith(start)], commitInfo: { operation: 'ADD COLUMNS' } })
    await expect(
      two.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE, onConflict: retry }),
    ).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    const asked: Winner[] = []
    const { snapshot } = await two.commit({
      snapshot: start,
      actions: [addOf('x')],
      commitInfo: WRITE,
      onConflict(winner) {
        asked.push(winner)
        return { kind: 'replace', actions: [addOf('y')], commitInfo: { operation: 'OTHER' } }
      },
    })
    expect(asked.map((w) => w.schemaChanged)).toEqual([true])
    expect(snapshot.metadata.schemaString).toContain('"more"')
    expect(pathsOf(snapshot)).toEqual(['a', 'b', 'y'])
    expect((await two.readCommit(snapshot.version))?.commitInfo.operation).toBe('OTHER')
  })

  test('adding a column after anything else lands', async () => {
    const { one, two, start } = await rivals()
    await append(one, 'c')
    const { snapshot } = await two.commit({
      snapshot: start,
      actions: [metaDataWith(start)],
      commitInfo: { operation: 'ADD COLUMNS' },
    })
    expect(pathsOf(snapshot)).toEqual(['a', 'b', 'c'])
  })

  test('a batch made anew is judged by what it then touches', async () => {
    const { one, two, start } = await rivals()
    await one.commit({ snapshot: start, actions: [removeOf('a')], commitInfo: WRITE })
    await append(one, 'c')
    const lost: (readonly string[])[] = []
    const { version, snapshot } = await two.commit({
      snapshot: start,
      actions: [removeOf('a'), removeOf('b'), addOf('ab')],
      commitInfo: WRITE,
      onConflict(winner) {
        lost.push(winner.lostRemoves)
        return winner.lostRemoves.length > 0
          ? { kind: 'replace', actions: [removeOf('b'), addOf('b2')] }
          : { kind: 'retry' }
      },
    })
    expect(lost).toEqual([['a'], []])
    expect(version).toBe(4)
    expect(pathsOf(snapshot)).toEqual(['c', 'b2'])
  })

  test('an abort writes nothing and gives its reason', async () => {
    const { one, two, start } = await rivals()
    await append(one, 'c')
    const commit = two.commit({
      snapshot: start,
      actions: [addOf('x')],
      commitInfo: WRITE,
      onConflict: () => ({ kind: 'abort', reason: 'one key in common' }),
    })
    await expect(commit).rejects.toThrow(/nothing was written to .*: one key in common/)
    expect((await one.refresh()).version).toBe(2)
  })

  test('a feature that we do not know stops us without a write', async () => {
    const { store, two, start } = await rivals()
    await writeForeign(store, 2, [{ protocol: { ...start.protocol, writerFeatures: ['timestampNtz', 'clustering'] } }])
    await expect(
      two.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE, onConflict: retry }),
    ).rejects.toMatchObject({ code: 'TABLE_FEATURE_UNSUPPORTED' })
    expect(await store.head(`events/_delta_log/${digits(3)}.json`)).toBeUndefined()
  })
})

describe('a batch that would damage the table is refused before anything is written', () => {
  test.each([
    { name: 'a removed file that is not there', actions: [removeOf('none')], code: 'COMMIT_CONFLICT' },
    { name: 'a file that is there already', actions: [addOf('a')], code: 'COMMIT_CONFLICT' },
    { name: 'one path twice', actions: [addOf('x'), addOf('x')] },
    { name: 'a file that is added and removed', actions: [removeOf('a'), addOf('a')] },
    { name: 'a commitInfo of its own', actions: [{ commitInfo: {} }] },
    {
      name: 'partition values of another layout',
      actions: [{ add: { ...(addOf('x') as { add: object }).add, partitionValues: { date: '2024-01-01' } } as never }],
    },
    { name: 'a path that leaves the table', actions: [addOf('../x')], code: 'TABLE_CORRUPT' },
    {
      name: 'another feature',
      actions: [
        {
          protocol: {
            minReaderVersion: 3,
            minWriterVersion: 7,
            readerFeatures: ['deletionVectors'],
            writerFeatures: [],
          },
        },
      ],
      code: 'TABLE_FEATURE_UNSUPPORTED',
    },
  ])('$name', async ({ actions, code }) => {
    const { store, two, start } = await rivals()
    const commit = two.commit({ snapshot: start, actions, commitInfo: WRITE })
    await (code ? expect(commit).rejects.toMatchObject({ code }) : expect(commit).rejects.toThrow(TypeError))
    expect(await store.head(`events/_delta_log/${digits(2)}.json`)).toBeUndefined()
    expect(two.current()).toBe(start)
  })

  test('another id', async () => {
    const { two, start } = await rivals()
    const actions = [{ metaData: { ...start.metadata, id: 'other' } }]
    await expect(two.commit({ snapshot: start, actions, commitInfo: WRITE })).rejects.toThrow(TypeError)
  })
})

describe('a store that fails', () => {
  const log = (version: number) => `events/_delta_log/${digits(version)}.json`

  async function faulty(plan: (call: FaultCall) => Fault | undefined) {
    const { store, one } = await rivals()
    const table = await openTable(withFaults(store, plan), 'events')
    return { store, one, table, start: table.current() }
  }

  /** Faults of the calls that concern commit 2, in order. */
  const onCommit = (...faults: (Fault | undefined)[]) => {
    let next = 0
    return ({ operation, key }: FaultCall) =>
      operation === 'putIfAbsent' && key === log(2) ? faults[next++] : undefined
  }

  test.each([
    { name: 'the answer is lost', faults: [{ kind: 'lost-answer' }] },
    { name: 'the client repeats the call by itself', faults: [{ kind: 'repeat' }] },
    {
      name: 'the first two calls fail',
      faults: [
        { kind: 'fail', errno: 'EIO' },
        { kind: 'fail', errno: 'ETIMEDOUT' },
      ],
    },
    { name: 'a failed call, then a lost answer', faults: [{ kind: 'fail', errno: 'EIO' }, { kind: 'lost-answer' }] },
  ] as { name: string; faults: Fault[] }[])('$name: committed once, on the first number', async ({ faults }) => {
    const { one, table, start } = await faulty(onCommit(...faults))
    const { version, attempts } = await table.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE })
    expect([version, attempts]).toEqual([2, 1])
    const snapshot = await one.refresh()
    expect(snapshot.version).toBe(2)
    expect(pathsOf(snapshot)).toEqual(['a', 'b', 'x'])
  })

  test('an answer is lost in a race that another won: retried on the next number', async () => {
    const { one, table, start } = await faulty(onCommit({ kind: 'lost-answer' }))
    await append(one, 'c')
    const { version } = await table.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE })
    expect(version).toBe(3)
    expect(pathsOf(await one.refresh())).toEqual(['a', 'b', 'c', 'x'])
  })

  test.each([
    ['ENOSPC', 'STORAGE_FULL'],
    ['EACCES', 'STORAGE_DENIED'],
  ] as const)('%s is told as %s and nothing is written', async (errno, code) => {
    const { one, table, start } = await faulty(onCommit({ kind: 'fail', errno }))
    await expect(table.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE })).rejects.toMatchObject({
      code,
    })
    expect((await one.refresh()).version).toBe(1)
    // The table is as good as before.
    expect((await table.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE })).version).toBe(2)
  })

  test('a store that never answers: not known, and never said to be unwritten', async () => {
    let isWritten = false
    const { table, start } = await faulty(({ operation, key }) => {
      if (key !== log(2)) return undefined
      if (operation === 'putIfAbsent') {
        isWritten = true
        return { kind: 'lost-answer' }
      }
      return operation === 'get' && isWritten ? { kind: 'fail', errno: 'EIO' } : undefined
    })
    const commit = table.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE })
    await expect(commit).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' })
  })

  test('a reading error while catching up is an error, not the end of the log', async () => {
    let fails = true
    const { one, table } = await faulty(({ operation, key }) =>
      operation === 'get' && key === log(3) && fails ? { kind: 'fail', errno: 'EIO' } : undefined,
    )
    await append(one, 'c')
    await append(one, 'd')
    await expect(table.refresh()).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
    expect(table.current().version).toBe(1)
    fails = false
    expect((await table.refresh()).version).toBe(3)
  })

  test('gives up after a hundred lost races, having written nothing', async () => {
    const { store, one } = await rivals()
    let version = 2
    const table = await openTable(
      withFaults(store, async ({ operation, key }) => {
        if (operation === 'putIfAbsent' && key === log(version)) {
          await writeForeign(store, version, [addOf(`theirs${version}`)])
          version += 1
        }
        return undefined
      }),
      'events',
    )
    await expect(table.commit({ snapshot: table.current(), actions: [addOf('x')], commitInfo: WRITE })).rejects.toThrow(
      /nothing was written .*100 other commits came first/,
    )
    expect(pathsOf(await one.refresh())).toHaveLength(102)
  })

  test('an aborted signal stops before the write', async () => {
    const { table, start } = await faulty(() => undefined)
    const commit = table.commit({
      snapshot: start,
      actions: [addOf('x')],
      commitInfo: WRITE,
      signal: AbortSignal.abort(),
    })
    await expect(commit).rejects.toMatchObject({ code: 'CANCELLED' })
    expect((await table.refresh()).version).toBe(1)
  })
})

test('an older state than the one known: everything since counts as a winner', async () => {
  const { one, start } = await rivals()
  await append(one, 'c')
  await append(one, 'd')
  const winners: number[] = []
  const { version, attempts } = await one.commit({
    snapshot: start,
    actions: [addOf('x')],
    commitInfo: WRITE,
    onConflict({ version }) {
      winners.push(version)
      return { kind: 'retry' }
    },
  })
  expect(winners).toEqual([2, 3])
  expect([version, attempts]).toEqual([4, 1])
})

test('a state whose following commits were cleaned away is never committed on', async () => {
  const { store, one, start } = await rivals()
  for (const path of ['c', 'd', 'e']) await append(one, path)
  await one.checkpoint()
  for (const version of [0, 1, 2, 3]) await store.delete(`events/_delta_log/${digits(version)}.json`)
  await expect(one.commit({ snapshot: start, actions: [addOf('x')], commitInfo: WRITE })).rejects.toMatchObject({
    code: 'COMMIT_CONFLICT',
  })
  expect(await store.head(`events/_delta_log/${digits(2)}.json`)).toBeUndefined()
})
