/** A total that works at the same time have a share of. */
export interface Budget {
  /** Waits until so much is free, behind those that wait already; all of it when more is asked for. Call what it gives when done. */
  take(amount: number): Promise<() => void>
}

export function createBudget(total: number): Budget {
  let free = total
  const waiting: { readonly amount: number; readonly start: (release: () => void) => void }[] = []

  function startNext(): void {
    for (let next = waiting[0]; next && next.amount <= free; next = waiting[0]) {
      waiting.shift()
      const { amount, start } = next
      free -= amount
      start(() => {
        free += amount
        startNext()
      })
    }
  }

  return {
    take(amount) {
      return new Promise((start) => {
        waiting.push({ amount: Math.min(amount, total), start })
        startNext()
      })
    },
  }
}
