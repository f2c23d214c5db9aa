/** `Promise.all` over `map`, with at most `limit` at work at once. Results are in order; the first failure stops new ones. */
export async function mapLimited<T, R>(items: readonly T[], limit: number, map: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  let failed = false
  const runners = Array.from({ length: Math.min(limit, items.length) }, async () => {
    while (next < items.length && !failed) {
      const at = next++
      try {
        results[at] = await map(items[at]!)
      } catch (error) {
        failed = true
        throw error
      }
    }
  })
  const settled = await Promise.allSettled(runners)
  for (const runner of settled) if (runner.status === 'rejected') throw runner.reason
  return results
}
