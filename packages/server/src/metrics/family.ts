/** A number with what it is about. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** Samples of one kind. A histogram's are those of its `_bucket`, `_sum` and `_count`, named by `suffix`. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly (Sample & { readonly suffix?: string })[]
}

/** The text form of Prometheus. */
export function renderFamilies(families: readonly Family[]): string {
  const lines = families.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${labelText(labels)} ${value}`),
  ])
  return `${lines.join('\n')}\n`
}

/** `{name="value",…}` with values escaped as Prometheus wants them; nothing for no labels. */
export function labelText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const text = String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    return `${name}="${text}"`
  })
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
