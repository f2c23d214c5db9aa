/** Computes anew what is older than `freshMs`, once for all who ask meanwhile. */
export function remembered<T>(freshMs: number, compute: () => Promise<T>): () => Promise<T> {
  let known: { readonly at: number; readonly value: Promise<T> } | undefined
  return () => {
    if (known && performance.now() - known.at <= freshMs) return known.value
    const value = compute()
    known = { at: performance.now(), value }
    value.catch(() => {
      known = undefined
    })
    return value
  }
}
