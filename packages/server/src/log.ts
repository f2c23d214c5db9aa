import { isTraillakeError } from '@traillake/core/errors'
import { type FastifyInstance, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify'
import type { RequestMetrics } from './metrics/registry.ts'

/** The log: one JSON object a line. It never holds statements, rows, headers or secrets. */
export interface LogOptions {
  /** Default `info`: one line a request. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Default: standard error. */
  readonly stream?: { write(line: string): void }
}

/** The log as Fastify's own logger (pino) wants it. */
export function loggerOptions(log: LogOptions | undefined): Pick<FastifyServerOptions, 'logger' | 'logController'> {
  if (!log) return { logger: false }
  return {
    logger: {
      level: log.level,
      stream: log.stream ?? process.stderr,
      serializers: { err: shownError, req: ({ method }) => ({ method }) },
      hooks: {
        // Without a text of ours, an error's own would be the line's.
        logMethod(args, method) {
          const [first, text = 'error', ...rest] = args as [unknown, string?, ...unknown[]]
          method.apply(this, (first instanceof Error ? [{ err: first }, text, ...rest] : args) as typeof args)
        },
      },
    },
    // A line of ours tells more in less.
    logController: new LogController({ disableRequestLogging: true }),
  }
}

interface ShownError {
  readonly [member: string]: unknown
  readonly type: string
  readonly message: string
  readonly stack: string
}

/** Where an error came from. Messages of errors that are not ours may quote rows: they stay out. */
function shownError(error: unknown): ShownError {
  if (!(error instanceof Error)) return { type: typeof error, message: '', stack: '' }
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: error.name,
    message: isTraillakeError(error) ? error.code : '',
    stack: places.join('\n'),
    ...(error.cause === undefined ? {} : { cause: shownError(error.cause) }),
  }
}

const CLOSING: ReadonlySet<string | undefined> = new Set(['LAKE_CLOSED', 'SERVER_CLOSING'])

/** Logs what stood in the way of an answer: nobody's fault when the lake is being closed. */
export function logFailure({ log }: FastifyRequest, error: unknown): void {
  const { code, cause } = error as { readonly code?: string; readonly cause?: { readonly code?: string } }
  if (CLOSING.has(code) || CLOSING.has(cause?.code)) log.info('the server is closing')
  else log.error(error)
}

/** One line a request, once it is answered: what it was, how it ended, how long it took. */
export function logRequests(app: FastifyInstance, requests: RequestMetrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const { operation, outcome } = requests.nameOf(request)
    const { statusCode: status, elapsedTime } = reply
    const trace = request.span.traceId
    const line = { operation, outcome, status, ms: Math.round(elapsedTime), address: request.ip }
    request.log.info(trace === undefined ? line : { ...line, trace }, 'request')
  })
}
