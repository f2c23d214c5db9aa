import type { Lake, StoreVerification } from '@traillake/core'
import type { Family } from './family.ts'
import { gauge } from './lake-metrics.ts'

/** Verifies a lake from time to time by its logs, footers and ledgers, and knows what the last time found. */
export interface Verification {
  families(): readonly Family[]
  close(): Promise<void>
}

const HOUR_MS = 3_600_000

/** @param everyHours undefined: never */
export function startVerification(lake: Lake, everyHours: number | undefined): Verification {
  const stop = new AbortController()
  let last: { readonly at: number; readonly stores: readonly StoreVerification[] } | undefined
  let running: Promise<void> | undefined

  const verify = () => {
    running ??= lake
      .verify({ fast: true, signal: stop.signal, maxFindings: 1 })
      .then(({ stores }) => {
        last = { at: Date.now(), stores }
      })
      .catch((error: Error) => {
        if (!stop.signal.aborted) process.emitWarning(`the lake could not be verified: ${error.message}`)
      })
      .finally(() => {
        running = undefined
      })
  }
  if (everyHours !== undefined) verify()
  const timer = everyHours === undefined ? undefined : setInterval(verify, everyHours * HOUR_MS).unref()

  return {
    families() {
      if (!last) return []
      const { at, stores } = last
      const of = (value: (store: StoreVerification) => number) =>
        stores.map((store) => ({ labels: { store: store.name }, value: value(store) }))
      return [
        gauge('traillake_verification_timestamp_seconds', 'When the lake was verified last.', [
          { labels: {}, value: at / 1000 },
        ]),
        gauge(
          'traillake_verification_errors',
          'What is wrong with a store, as `traillake verify --fast` counts it.',
          of((store) => store.errors),
        ),
        gauge(
          'traillake_integrity_ratio',
          'Data files and raw files of the ledger that are what the log says, of all that were checked.',
          of(({ errors, checked }) => {
            const files = checked.dataFiles + checked.sourceFiles
            return files === 0 ? Number(errors === 0) : Math.max(0, 1 - errors / files)
          }),
        ),
      ]
    },
    async close() {
      clearInterval(timer)
      stop.abort()
      await running
    },
  }
}
