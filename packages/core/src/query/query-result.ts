import type { EngineResult } from '../engine/stream.ts'
import { columnBytes } from '../engine/vectors.ts'
import { TraillakeError } from '../errors/index.ts'
import {
  arrowBatch,
  arrowSchema,
  arrowStreamBytes,
  type Chunk,
  canonicalForm,
  decodeRows,
  type Form,
  fits,
  jsonForm,
  jsonReplacer,
  loadArrow,
  type ResultField,
  rowObjects,
  textForm,
  uniqueLabels,
  valueForm,
} from '../results/index.ts'
import { formatType } from '../schema/index.ts'
import type { QueryOptions, QueryResult, QueryStatistics, Value } from './types.ts'

/** What is known of a query once it runs. */
export interface RunningQuery {
  readonly queryId: string
  readonly fields: readonly ResultField[]
  readonly result: EngineResult
  readonly options: QueryOptions
  /** Counts and times up to now; the rest is filled in as rows are taken. */
  readonly statistics: Omit<QueryStatistics, 'rows' | 'executeMs' | 'totalMs'>
  /** `performance.now()` when the query came in and when the engine began. */
  readonly receivedAt: number
  readonly startedAt: number
  /** Turns a failure of the engine into the error that the caller sees. */
  readonly explain: (error: unknown) => TraillakeError
  /** Sees every row that is taken, and the end: with the error, where there was one, or before the last row. */
  readonly watch?: {
    rows(rows: readonly (readonly unknown[])[]): void
    end(outcome: QueryOutcome): Promise<void>
  }
}

export interface QueryOutcome {
  readonly queryId: string
  readonly status: 'FINISHED' | 'FAILED' | 'CANCELLED'
  readonly error?: TraillakeError
  readonly statistics: QueryStatistics
}

/** Wraps a running query as what `lake.query` gives. */
export function createQueryResult(query: RunningQuery): QueryResult {
  const { fields, result, options } = query
  const misfit = fields.findIndex((field, i) => {
    const physical = result.types[i]
    return physical === undefined || !fits(field.type, physical)
  })
  if (misfit !== -1 || fields.length !== result.types.length) {
    const name = fields[misfit]?.name ?? 'the last'
    throw query.explain(new Error(`column ${name} has another engine type than its Lake type needs`))
  }
  let rows = 0
  let bytes = 0
  let finishedAt: number | undefined
  let taken = false
  const { queryId } = query
  const statistics = (): QueryStatistics => {
    const now = finishedAt ?? performance.now()
    return { ...query.statistics, rows, executeMs: now - query.startedAt, totalMs: now - query.receivedAt }
  }

  async function* take(): AsyncGenerator<Chunk, void, undefined> {
    if (taken) throw new TraillakeError('RESULT_CONSUMED', {})
    taken = true
    let outcome: Pick<QueryOutcome, 'status' | 'error'> = { status: 'CANCELLED' }
    try {
      for await (const chunk of result.chunks()) {
        rows += chunk.length
        if (rows > (options.maxRows ?? Infinity))
          throw new TraillakeError('EXCEEDED_RESULT_LIMIT', { limit: `${options.maxRows} rows` })
        if (options.maxBytes !== undefined) {
          bytes += chunk.columns.reduce((sum, column) => sum + columnBytes(column), 0)
          if (bytes > options.maxBytes)
            throw new TraillakeError('EXCEEDED_RESULT_LIMIT', { limit: `${options.maxBytes} bytes` })
        }
        query.watch?.rows(decodeRows(fields, chunk, canonicalForm))
        yield chunk
      }
      outcome = { status: 'FINISHED' }
    } catch (error) {
      const known = query.explain(error)
      outcome = { status: known.code === 'CANCELLED' ? 'CANCELLED' : 'FAILED', error: known }
      throw known
    } finally {
      finishedAt ??= performance.now()
      await query.watch?.end({ queryId, ...outcome, statistics: statistics() })
    }
  }

  async function* batchesOf<T>(form: Form<T>): AsyncGenerator<(T | null)[][], void, undefined> {
    for await (const chunk of take()) yield decodeRows(fields, chunk, form)
  }

  async function* rowBatches(): AsyncGenerator<readonly (Readonly<Record<string, Value>> | readonly Value[])[]> {
    const toObject = options.rowMode === 'array' ? undefined : rowObjects<Value>(fields)
    for await (const batch of batchesOf(valueForm(options.bigints ?? 'auto')))
      yield toObject ? batch.map(toObject) : batch
  }

  async function* arrowBatches() {
    const arrow = await loadArrow()
    const schema = arrowSchema(arrow, fields)
    for await (const chunk of take()) yield arrowBatch(arrow, schema, fields, chunk)
  }

  const columns = fields.map(({ name, type }) => ({ name, type: formatType(type) }))
  return {
    queryId,
    columns,
    async *[Symbol.asyncIterator]() {
      for await (const batch of rowBatches()) yield* batch
    },
    async toArray() {
      return (await collect(rowBatches())).flat()
    },
    async toArrow() {
      const arrow = await loadArrow()
      return new arrow.Table(arrowSchema(arrow, fields), await collect(arrowBatches()))
    },
    async *arrowStream() {
      const arrow = await loadArrow()
      yield* arrowStreamBytes(arrow, arrowSchema(arrow, fields), arrowBatches())
    },
    async toJson() {
      return { columns, rows: (await collect(batchesOf(canonicalForm))).flat() }
    },
    batches: () => batchesOf(jsonForm),
    textBatches: () => batchesOf(textForm),
    async *jsonBatches() {
      const labels = uniqueLabels(fields)
      for await (const batch of batchesOf(valueForm('auto'))) {
        yield batch.map((row) => jsonObject(labels, row))
      }
    },
    get statistics() {
      return statistics()
    },
    close: () => result.close(),
    [Symbol.asyncDispose]: () => result.close(),
  }
}

function jsonObject(labels: readonly string[], row: readonly unknown[]): string {
  const members = row.map((cell, i) => `${JSON.stringify(labels[i])}:${JSON.stringify(cell, jsonReplacer)}`)
  return `{${members.join(',')}}`
}

async function collect<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = []
  for await (const part of parts) out.push(part)
  return out
}
