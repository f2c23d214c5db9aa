/** Upper ends of the buckets of a histogram, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

interface Durations {
  readonly counts: number[]
  sum: number
  count: number
}

/** Counts the requests of this process. */
export interface RequestMetrics {
  /** Says what a request is about; one that is not named counts as `other`. */
  name(request: object, operation: string, outcome: string): void
  observe(request: object, seconds: number, isOk: boolean): void
  lines(): readonly string[]
}

export function createRequestMetrics(): RequestMetrics {
  const named = new WeakMap<object, { readonly operation: string; readonly outcome: string }>()
  const totals = new Map<string, number>()
  const durations = new Map<string, Durations>()
  return {
    name(request, operation, outcome) {
      named.set(request, { operation, outcome })
    },
    observe(request, seconds, isOk) {
      const { operation, outcome } = named.get(request) ?? { operation: 'other', outcome: isOk ? 'ok' : 'error' }
      const key = labels({ operation, outcome })
      totals.set(key, (totals.get(key) ?? 0) + 1)
      const known = durations.get(operation) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 }
      for (const [i, end] of BUCKETS.entries()) if (seconds <= end) known.counts[i]! += 1
      known.sum += seconds
      known.count += 1
      durations.set(operation, known)
    },
    lines() {
      const histogram = [...durations].flatMap(([operation, { counts, sum, count }]) => [
        ...BUCKETS.map((le, i) => `traillake_request_seconds_bucket${labels({ operation, le })} ${counts[i]}`),
        `traillake_request_seconds_bucket${labels({ operation, le: '+Inf' })} ${count}`,
        `traillake_request_seconds_sum${labels({ operation })} ${sum}`,
        `traillake_request_seconds_count${labels({ operation })} ${count}`,
      ])
      return [
        ...head('traillake_requests_total', 'counter', 'Requests by operation and how they ended.'),
        ...[...totals].map(([key, count]) => `traillake_requests_total${key} ${count}`),
        ...head('traillake_request_seconds', 'histogram', 'Time from the request to the end of its answer.'),
        ...histogram,
      ]
    },
  }
}

export function head(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

/** `{name="value",…}` with values escaped as Prometheus wants them. */
export function labels(values: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(values).map(([name, value]) => {
    const text = String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    return `${name}="${text}"`
  })
  return `{${pairs.join(',')}}`
}
