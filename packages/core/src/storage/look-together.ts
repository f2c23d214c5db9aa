/**
 * A look at the storage that all share who ask for it before it begins.
 *
 * Whoever asks while one is under way gets the next: the one under way may have passed what came just before the question.
 */
export function lookTogether<T>(look: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined
  let next: Promise<T> | undefined
  return function ask(): Promise<T> {
    if (!current) {
      current = look().finally(() => {
        current = undefined
      })
      return current
    }
    next ??= current
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        next = undefined
        return ask()
      })
    return next
  }
}
