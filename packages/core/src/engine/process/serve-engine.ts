import { isTraillakeError } from '../../errors/index.ts'
import { openQueryEngine, type QueryEngine } from '../query-engine.ts'
import type { ScalarFunction } from '../scalar-function.ts'
import type { Chunk, EngineResult } from '../stream.ts'
import type { Answer, Question, SentError } from './protocol.ts'

/** Rows of a chunk that DuckDB had more rows for. */
const FULL_CHUNK = 2048

type Reply = Answer extends infer A ? (A extends Answer ? Omit<A, 'id'> : never) : never

/**
 * Makes this process an engine process: answers its parent's questions until the parent is gone.
 *
 * @param functionsNamed the functions in JavaScript that queries may call, by name
 */
export function serveEngine(functionsNamed: (name: string) => ScalarFunction): void {
  let engine: QueryEngine | undefined
  let result: EngineResult | undefined
  let chunks: AsyncGenerator<Chunk, void, undefined> | undefined
  /** What comes after the chunk that was given last, where it was looked at. */
  let following: Promise<IteratorResult<Chunk, void>> | undefined
  const stopping = new Set<AbortController>()

  async function answer(question: Question): Promise<Reply> {
    switch (question.kind) {
      case 'open':
        engine = await openQueryEngine(question.options)
        return { kind: 'done' }
      case 'execute': {
        const { functions, ...request } = question.request
        const controller = new AbortController()
        stopping.add(controller)
        try {
          result = await engine!.execute(
            { ...request, functions: functions.map(functionsNamed) },
            { signal: controller.signal },
          )
        } finally {
          stopping.delete(controller)
        }
        chunks = result.chunks()
        following = undefined
        return { kind: 'started', types: result.types }
      }
      case 'next': {
        const next = await (following ?? chunks!.next())
        following = undefined
        if (next.done) return { kind: 'chunk', chunk: undefined, isLast: true }
        const chunk = next.value
        // Only the last chunk of a result is seldom full: whoever knows the end need not ask for it.
        if (chunk.length === FULL_CHUNK) return { kind: 'chunk', chunk, isLast: false }
        following = chunks!.next()
        const isLast = await following.then(
          ({ done }) => done === true,
          () => false,
        )
        return { kind: 'chunk', chunk, isLast }
      }
      case 'close': {
        for (const controller of stopping) controller.abort()
        await result?.close()
        result = undefined
        return { kind: 'done' }
      }
    }
  }

  process.on('message', (question: Question) => {
    answer(question).then(
      (reply) => send({ ...reply, id: question.id } as Answer),
      (error: unknown) => send({ id: question.id, kind: 'failed', error: describe(error) }),
    )
  })
  // The parent is gone: so is everybody who could want an answer, and a query may run for hours yet.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}

function send(answer: Answer): void {
  process.send?.(answer, undefined, undefined, (error) => {
    if (error) process.kill(process.pid, 'SIGKILL')
  })
}

function describe(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error)
  return isTraillakeError(error)
    ? { code: error.code, params: error.params as object, message }
    : { code: undefined, params: {}, message }
}
