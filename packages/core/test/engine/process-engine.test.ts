import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openProcessEngine } from '../../src/engine/process/process-engine.ts'
import type { EngineRequest, QueryEngine } from '../../src/engine/query-engine.ts'
import { isTraillakeError } from '../../src/errors/index.ts'
import { engineProcesses } from './engine-processes.ts'

const program = new URL('../../build/query/engine-process.js', import.meta.url)
const temp = mkdtempSync(join(tmpdir(), 'traillake-processes-'))
const options = { program, allowedDirectories: [], memoryBytes: 600_000_000, threads: 1, tempRoot: temp, processes: 2 }
let engine: QueryEngine

beforeAll(() => {
  engine = openProcessEngine(options)
})
afterAll(async () => {
  await engine.close()
  rmSync(temp, { recursive: true, force: true })
})

const SLOW = 'SELECT count(*) FROM range(100000000000) AS t(a) WHERE a % 7 = sqrt(a)'
const request = (sql: string): EngineRequest => ({ sql, views: [] })

/** The values of the only column, BIGINT. */
async function numbers(sql: string, of = engine): Promise<number[]> {
  const result = await of.execute(request(sql))
  const all: number[] = []
  for await (const { columns } of result.chunks()) {
    const [column] = columns
    if (column?.layout !== 'fixed') throw new Error('a bigint column')
    all.push(...[...new BigInt64Array(column.values.buffer, column.values.byteOffset, column.length)].map(Number))
  }
  return all
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'finished',
    (error: unknown) => (isTraillakeError(error) ? error.code : String(error)),
  )

/** Waits for something that comes about by itself. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe.runIf(process.platform === 'linux')('engine processes', () => {
  test('give the rows of every layout', async () => {
    expect(await numbers('SELECT range FROM range(5000)')).toEqual(Array.from({ length: 5000 }, (_, i) => i))
    const result = await engine.execute(
      request(
        "SELECT 'a' || range, [range, NULL], {'x': range::INTEGER, 'y': NULL::VARCHAR}, map {'k': range} FROM range(3)",
      ),
    )
    expect(result.types.map(({ kind }) => kind)).toEqual(['bytes', 'list', 'struct', 'map'])
    const chunks = []
    for await (const chunk of result.chunks()) chunks.push(chunk)
    expect(chunks).toHaveLength(1)
    expect(Buffer.from((chunks[0]!.columns[0] as { values: Uint8Array }).values).toString()).toBe('a0a1a2')
  })

  test('are used again', async () => {
    await numbers('SELECT 1::BIGINT')
    const before = engineProcesses()
    for (let i = 0; i < 5; i++) expect(await numbers(`SELECT ${i}::BIGINT`)).toEqual([i])
    expect(engineProcesses()).toEqual(before)
  })

  test('a query whose process is killed fails alone, and the next one works', async () => {
    const other = engine.execute(request('SELECT range FROM range(20000)'))
    const beside = await other
    const idle = new Map(engineProcesses().map((pid) => [pid, ticks(pid)]))
    const killed = codeOf(engine.execute(request(SLOW)))
    // The one that computes: the other waits for its rows to be taken.
    let victim: number | undefined
    await until(() => {
      victim = engineProcesses().find((pid) => ticks(pid) > (idle.get(pid) ?? 0) + 30)
      return victim !== undefined
    })
    process.kill(victim!, 'SIGKILL')
    expect(await killed).toBe('ENGINE_FAILED')
    await expect.poll(() => engine.restarts).toBe(1)
    let rows = 0
    for await (const chunk of beside.chunks()) rows += chunk.length
    expect(rows).toBe(20_000)
    expect(await numbers('SELECT 7::BIGINT')).toEqual([7])
  })

  /** Hundredths of a second that a process has computed. */
  function ticks(pid: number): number {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[11])
  }

  test('a result whose process is killed ends with an error, not with fewer rows', async () => {
    const own = openProcessEngine({ ...options, processes: 1 })
    const others = engineProcesses()
    const result = await own.execute(request('SELECT range FROM range(100000000)'))
    const started = engineProcesses().filter((pid) => !others.includes(pid))
    const reading = codeOf(
      (async () => {
        let chunks = 0
        for await (const _ of result.chunks())
          if (++chunks === 3) for (const pid of started) process.kill(pid, 'SIGKILL')
      })(),
    )
    expect(await reading).toBe('ENGINE_FAILED')
    await own.close()
    expect(await numbers('SELECT 8::BIGINT')).toEqual([8])
  })

  test('stop for a signal, a time limit, and a loop that is left', async () => {
    const controller = new AbortController()
    const running = codeOf(engine.execute(request(SLOW), { signal: controller.signal }))
    setTimeout(() => controller.abort(), 30)
    expect(await running).toBe('CANCELLED')
    expect(await codeOf(engine.execute(request(SLOW), { signal: AbortSignal.abort() }))).toBe('CANCELLED')
    expect(await codeOf(engine.execute(request(SLOW), { timeoutMs: 50 }))).toBe('EXCEEDED_TIME_LIMIT')
    const result = await engine.execute(request('SELECT range FROM range(100000000000)'))
    for await (const chunk of result.chunks()) if (chunk.length > 0) break
    expect(await numbers('SELECT 9::BIGINT')).toEqual([9])
  })

  test('queries beyond their number wait in order, and can be stopped while they do', async () => {
    const controller = new AbortController()
    const long = [1, 2].map(() => codeOf(engine.execute(request(SLOW), { signal: controller.signal })))
    const order: number[] = []
    const waiting = [1, 2, 3].map(async (i) => {
      const [value] = await numbers(`SELECT ${i}::BIGINT`)
      order.push(value!)
    })
    expect(await codeOf(engine.execute(request('SELECT 1'), { timeoutMs: 50 }))).toBe('EXCEEDED_TIME_LIMIT')
    expect(order).toEqual([])
    controller.abort()
    expect(await Promise.all(long)).toEqual(['CANCELLED', 'CANCELLED'])
    await Promise.all(waiting)
    expect([...order].sort()).toEqual([1, 2, 3])
  })

  test('errors of the engine come as they are', async () => {
    await expect(numbers("SELECT CAST('x' AS BIGINT)")).rejects.toThrow(/Could not convert string 'x'/)
    await expect(numbers("SELECT * FROM read_text('/etc/passwd')")).rejects.toThrow(/Permission Error/)
    await expect(numbers('CREATE TABLE t (a INTEGER)')).rejects.toThrow(/only SELECT/)
  })

  test('end after a while without work, and with their engine, and leave nothing behind', async () => {
    const own = openProcessEngine({ ...options, idleMs: 30 })
    const before = engineProcesses()
    await numbers('SELECT 1::BIGINT', own)
    await until(() => engineProcesses().every((pid) => before.includes(pid)))
    const running = codeOf(own.execute(request(SLOW)))
    await until(() => engineProcesses().some((pid) => !before.includes(pid)))
    await own.close()
    expect(await running).toBe('LAKE_CLOSED')
    expect(await codeOf(own.execute(request('SELECT 1')))).toBe('LAKE_CLOSED')
    await until(() => engineProcesses().every((pid) => before.includes(pid)))
    await engine.close()
    expect(engineProcesses()).toEqual([])
    expect(readdirSync(temp)).toEqual([])
  })
})
