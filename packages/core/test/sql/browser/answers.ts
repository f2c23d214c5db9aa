/**
 * What the translator says of texts, as one JSON text each: `(lake, stores, texts) => string[]`.
 *
 * Source text, because the same program runs here and in a page. Completion is asked for in the middle and at the end.
 */
export const answersSource = `(lake, stores, texts) => {
  const { analyze, complete, format, formatType, layoutTable, parse, translate } = lake
  const now = new Date('2024-05-01T12:00:00Z')
  const catalog = {
    table: (parts) => {
      const layout = stores[parts.join('.').toLowerCase()]
      return layout && layoutTable(parts.join('.').toLowerCase(), layout)
    },
    tableNames: () => Object.keys(stores).map((name) => [name]),
  }
  const plain = (key, value) =>
    typeof value === 'bigint' ? value + 'n' : value instanceof Map ? [...value] : value instanceof Set ? [...value] : value
  const attempt = (run) => {
    try {
      return run()
    } catch (error) {
      const { name, code, message, line, column, hint, span } = error
      return { name, code, message, line, column, hint, span }
    }
  }
  return texts.map((text) =>
    JSON.stringify({
      parse: attempt(() => parse(text)),
      analyze: attempt(() => {
        const { output, typeOf, coerceTo } = analyze(parse(text), { now, text, catalog })
        return { output, types: [...typeOf.values()].map(formatType), coercions: [...coerceTo.values()].map(formatType) }
      }),
      duckdb: attempt(() => translate(text, { now, catalog })),
      trino: attempt(() => translate(text, { now, catalog, target: 'trino' })),
      format: attempt(() => format(text)),
      complete: [text.length >> 1, text.length].map((at) => attempt(() => complete(text, at, { catalog }))),
    }, plain),
  )
}`

/** `answersSource` here. */
export type Answers = (
  lake: object,
  stores: Readonly<Record<string, string>>,
  texts: readonly string[],
) => readonly string[]
