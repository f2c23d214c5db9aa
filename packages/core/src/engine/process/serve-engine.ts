import { isTraillakeError } from '../../errors/index.ts'
import { openQueryEngine, type QueryEngine } from '../query-engine.ts'
import type { ScalarFunction } from '../scalar-function.ts'
import type { Chunk, EngineResult } from '../stream.ts'
import type { Answer, Question, SentError } from './protocol.ts'

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
        return { kind: 'started', types: result.types }
      }
      case 'next': {
        const next = await chunks!.next()
        return { kind: 'chunk', chunk: next.done ? undefined : next.value }
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
