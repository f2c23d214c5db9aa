import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLocalStore } from '../../src/storage/local.ts'
import { temporaryFolder } from './temporary.ts'

const compiled = new URL('../../build/storage/local.js', import.meta.url).href

/** A process that tries to take every number once and prints those it won. */
const program = `
  const { openLocalStore } = await import(${JSON.stringify(compiled)})
  const [root, name, count] = process.argv.slice(1)
  const store = openLocalStore(root)
  process.stdout.write('ready\\n')
  await new Promise((go) => process.stdin.once('data', go))
  const won = []
  for (let i = 0; i < Number(count); i++) {
    if (!(await store.putIfAbsent('log/' + String(i).padStart(6, '0'), Buffer.from(name + ' ' + 'x'.repeat(5000))))) continue
    won.push(i)
    // Whoever won waits a moment, so that the others catch up and the next number is raced for again.
    await new Promise((go) => setTimeout(go, Math.random() * 4))
  }
  process.stdout.write(JSON.stringify(won) + '\\n')
  process.exit(0)
`

test('of processes racing for every number exactly one wins each, and its bytes stay', async () => {
  const root = await temporaryFolder()
  const count = 200
  const writers = ['a', 'b', 'c'].map((name) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, root, name, String(count)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    return { name, child, ready: once(child.stdout, 'data'), output: () => output }
  })
  await Promise.all(writers.map((w) => w.ready))
  const ends = writers.map((w) => once(w.child, 'close'))
  for (const w of writers) w.child.stdin.write('go\n')
  for (const [code] of await Promise.all(ends)) expect(code).toBe(0)

  const store = openLocalStore(root)
  const winners = new Map<number, string>()
  for (const w of writers) {
    for (const number of JSON.parse(w.output().split('\n')[1] ?? '') as number[]) {
      expect(winners.has(number), `${number} was won twice`).toBe(false)
      winners.set(number, w.name)
    }
  }
  expect(winners.size).toBe(count)
  expect(new Set(winners.values()).size, 'no race took place').toBeGreaterThan(1)
  for (const [number, name] of winners) {
    expect((await store.get(`log/${String(number).padStart(6, '0')}`)).toString()).toBe(`${name} ${'x'.repeat(5000)}`)
  }
  expect(await readdir(join(root, 'log'))).toHaveLength(count)
})
