import type { Family, Sample } from './family.ts'

/** Upper ends of the buckets of a histogram, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** Durations by one label. */
export interface Histogram {
  observe(label: string, seconds: number): void
  readonly samples: Family['samples']
}

export function createHistogram(name: string): Histogram {
  const known = new Map<string, { readonly counts: number[]; sum: number; count: number }>()
  return {
    observe(label, seconds) {
      const durations = known.get(label) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 }
      for (const [i, end] of BUCKETS.entries()) if (seconds <= end) durations.counts[i]! += 1
      durations.sum += seconds
      durations.count += 1
      known.set(label, durations)
    },
    get samples() {
      return [...known].flatMap(([label, { counts, sum, count }]) => [
        ...BUCKETS.map((le, i) => ({ suffix: '_bucket', labels: { [name]: label, le }, value: counts[i]! })),
        { suffix: '_bucket', labels: { [name]: label, le: '+Inf' }, value: count },
        { suffix: '_sum', labels: { [name]: label }, value: sum },
        { suffix: '_count', labels: { [name]: label }, value: count },
      ])
    },
  }
}

/** What is no route: there is nothing that it could be but an error. */
const OTHER = { operation: 'other', outcome: 'error' } as const

/** Counts the requests of this process. */
export interface RequestMetrics {
  /** Says what a request is about, and how it ended; one that is not named is `other`. */
  name(request: object, operation: string, outcome: string): void
  nameOf(request: object): { readonly operation: string; readonly outcome: string }
  observe(request: object, seconds: number): void
  families(): readonly Family[]
}

export function createRequestMetrics(): RequestMetrics {
  const named = new WeakMap<object, { readonly operation: string; readonly outcome: string }>()
  const totals = new Map<string, { readonly labels: Sample['labels']; value: number }>()
  const durations = createHistogram('operation')
  const nameOf = (request: object) => named.get(request) ?? OTHER
  return {
    name(request, operation, outcome) {
      named.set(request, { operation, outcome })
    },
    nameOf,
    observe(request, seconds) {
      const { operation, outcome } = nameOf(request)
      const key = `${operation} ${outcome}`
      const total = totals.get(key) ?? { labels: { operation, outcome }, value: 0 }
      total.value += 1
      totals.set(key, total)
      durations.observe(operation, seconds)
    },
    families: () => [
      {
        name: 'traillake_requests_total',
        type: 'counter',
        help: 'Requests by operation and how they ended.',
        samples: [...totals.values()],
      },
      {
        name: 'traillake_request_seconds',
        type: 'histogram',
        help: 'Time from the request to the end of its answer.',
        samples: durations.samples,
      },
    ],
  }
}
