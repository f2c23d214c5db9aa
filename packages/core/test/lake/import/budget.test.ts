import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBudget } from '../../../src/lake/import/budget.ts'

test('works begin in their order, never more than the total at a time, and all of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 15 })), fc.scheduler(), async (amounts, scheduler) => {
      const budget = createBudget(10)
      const begun: number[] = []
      let taken = 0
      let most = 0
      const works = amounts.map(async (amount, i) => {
        const release = await budget.take(amount)
        begun.push(i)
        taken += Math.min(amount, 10)
        most = Math.max(most, taken)
        await scheduler.schedule(Promise.resolve())
        taken -= Math.min(amount, 10)
        release()
      })
      await scheduler.waitFor(Promise.all(works))
      expect(begun).toEqual(amounts.map((_, i) => i))
      expect(most).toBeLessThanOrEqual(10)
    }),
  )
})

test('what is left is used', async () => {
  const budget = createBudget(10)
  const first = await budget.take(4)
  await budget.take(6)
  let third = false
  const waits = budget.take(4).then(() => {
    third = true
  })
  await Promise.resolve()
  expect(third).toBe(false)
  first()
  await waits
  expect(third).toBe(true)
})
