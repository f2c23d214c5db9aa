import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createStoppable } from '../../src/engine/stoppable.ts'
import { TraillakeError } from '../../src/errors/index.ts'

const reason = new TraillakeError('CANCELLED', { what: 'the query' })
const never = () => new Promise<never>(() => undefined)

test('a promise ends as it does; once stopped, all that wait and all that come fail with the first reason', async () => {
  const stoppable = createStoppable()
  await expect(stoppable.race(Promise.resolve(1))).resolves.toBe(1)
  await expect(stoppable.race(Promise.reject(new Error('own')))).rejects.toThrow('own')
  const waiting = [stoppable.race(never()), stoppable.race(never()), stoppable.stopped]
  stoppable.stop(reason)
  stoppable.stop(new TraillakeError('LAKE_CLOSED', {}))
  for (const each of waiting) await expect(each).rejects.toBe(reason)
  await expect(stoppable.race(Promise.resolve(1))).rejects.toBe(reason)
  await expect(stoppable.race(Promise.reject(new Error('late')))).rejects.toBe(reason)
})

test('what was given is not held while nothing is stopped', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const stoppable = createStoppable()
  const given: WeakRef<object>[] = []
  for (let i = 0; i < 100; i++) {
    const chunk = await stoppable.race(Promise.resolve({ i }))
    given.push(new WeakRef(chunk))
  }
  // A reference that was looked at lives until the end of its turn.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(given.filter((each) => each.deref() !== undefined).length).toBeLessThan(5)
})
