import { setTimeout as sleep } from 'node:timers/promises'

/** A random pause before another attempt, longer with each: up to 0.1, 0.2, 0.4 … 5 s. */
export async function pauseBefore(attempt: number, signal?: AbortSignal): Promise<void> {
  const most = Math.min(5000, 100 * 2 ** (attempt - 1))
  await sleep(Math.random() * most, undefined, signal ? { signal } : {})
}
