import { readFileSync } from 'node:fs'
import { TraillakeError } from '@traillake/core/errors'
import type { AppOptions, LogOptions } from '@traillake/server'
import { type Command, Option } from 'commander'
import { wholeNumber, wholeNumberOr } from '../arguments.ts'
import { bucketOption, bucketsOf } from '../bucket-option.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { s3Of } from '../s3-options.ts'

interface ServeFlags {
  readonly port: number
  readonly host: string
  readonly readOnly?: boolean
  readonly bucket: Parameters<typeof bucketsOf>[0]
  readonly credentials?: string
  readonly signingKey?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly lookupDays: number | 'all'
  readonly maxStores: number
  readonly maxQueries: number
  readonly rate?: number
  readonly maxConnections: number
  readonly drain: number
  readonly monitor?: string
  readonly log: (typeof LOG_LEVELS)[number]
  readonly check?: boolean
  readonly audit?: boolean
  readonly traces?: string
  readonly traceStatements?: boolean
}

/** As the server has them; it is loaded only when it is started. */
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogOptions['level'][]

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('answer AWS clients of CloudTrail Lake and queries over HTTP')
    .addOption(
      new Option('-p, --port <port>', 'port to listen on; 0 picks a free one')
        .argParser(wholeNumber(0, 65_535))
        .env('TRAILLAKE_PORT')
        .default(4580),
    )
    .addOption(
      new Option('--host <address>', 'address to listen on; without --credentials a loopback one')
        .env('TRAILLAKE_HOST')
        .default('127.0.0.1'),
    )
    .option('--read-only', 'write nothing into the lake: no StartQuery, no changes')
    .addOption(bucketOption())
    .addOption(new Option('--credentials <file>', 'access keys and bearer tokens (JSON)').env('TRAILLAKE_CREDENTIALS'))
    .addOption(
      new Option('--signing-key <file>', 'RSA key (PEM) that signs delivered answers; made when it is not there').env(
        'TRAILLAKE_SIGNING_KEY',
      ),
    )
    .option('--tls-cert <file>', 'certificate chain (PEM)')
    .option('--tls-key <file>', 'its private key (PEM)')
    .addOption(
      new Option('--lookup-days <days>', 'how far LookupEvents looks back, or "all"')
        .argParser(wholeNumberOr(1, 'all', 'all' as const))
        .default(90),
    )
    .addOption(
      new Option('--max-stores <count>', 'event data stores that CreateEventDataStore allows')
        .argParser(wholeNumber(1))
        .default(10),
    )
    .addOption(
      new Option('--max-queries <count>', 'queries of StartQuery queued or running at a time in the lake')
        .argParser(wholeNumber(1))
        .default(10),
    )
    .addOption(
      new Option('--rate <requests>', 'requests a second of one caller; 0: no limit').argParser(wholeNumber(0)),
    )
    .addOption(
      new Option('--max-connections <count>', 'connections open at a time').argParser(wholeNumber(1)).default(15_000),
    )
    .addOption(
      new Option('--monitor <file>', 'what metrics are measured against (JSON); keeps them in traillake.metrics').env(
        'TRAILLAKE_MONITOR',
      ),
    )
    .addOption(
      new Option('--traces <url>', 'a collector that takes OTLP over HTTP, such as http://localhost:4318').env(
        'TRAILLAKE_TRACES',
      ),
    )
    .option('--trace-statements', 'traces hold the texts of queries, literals included')
    .option('--audit', 'record every call in the event data store traillake-audit')
    .addOption(
      new Option('--drain <seconds>', 'how long running queries may go on after SIGTERM')
        .argParser(wholeNumber(0))
        .default(10),
    )
    .addOption(
      new Option('--log <level>', 'what to log on standard error, one JSON object a line')
        .choices(LOG_LEVELS)
        .default('info'),
    )
    .option('--check', 'only find out whether all is right: settings, files, lake')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake serve --port 4580
  $ AWS_ENDPOINT_URL_CLOUDTRAIL=http://localhost:4580 aws cloudtrail list-event-data-stores
  $ curl -s localhost:4580/v1/queries -H 'content-type: application/json' -d '{"statement": "SELECT count(*) FROM org"}'`,
    )
    .action(async (flags: ServeFlags, command: Command) => {
      const { checkServer, readCredentials, readMonitoring, startServer } = await import('@traillake/server')
      const options: AppOptions = {
        buckets: bucketsOf(flags.bucket, s3Of(command, 's3') ?? {}),
        queries: { maxQueries: flags.maxQueries },
        limits: {
          connections: flags.maxConnections,
          ...(flags.rate === undefined ? {} : { requestsPerSecond: flags.rate }),
        },
        maxEventDataStores: flags.maxStores,
        lookupDays: flags.lookupDays,
        drainMs: flags.drain * 1000,
        audit: flags.audit ?? false,
        log: { level: flags.log },
        ...tracingOf(flags),
        ...tlsOf(flags),
        ...(flags.credentials ? { credentials: readCredentials(flags.credentials) } : {}),
        ...(flags.monitor ? { monitoring: readMonitoring(flags.monitor) } : {}),
        ...(flags.signingKey ? { signingKey: flags.signingKey } : {}),
      }
      const { port, host, check = false } = flags
      const readOnly = (flags.readOnly ?? false) || check
      await withLake(command, { readOnly, isolation: 'process' }, async (lake) => {
        if (check) {
          await checkServer({ ...options, lake, port, host })
          process.stdout.write(`all is right: the lake in ${lake.location} would be served on ${host}, port ${port}\n`)
          return
        }
        const signal = interruptSignal()
        const server = await startServer({ ...options, lake, port, host })
        process.stdout.write(`traillake listens on ${server.url}\n`)
        process.once('SIGTERM', () => process.emit('SIGINT'))
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        await server.close()
      })
    })
}

function tracingOf({ traces, traceStatements = false }: ServeFlags): Pick<AppOptions, 'tracing'> {
  if (traces) return { tracing: { endpoint: traces, statements: traceStatements } }
  if (!traceStatements) return {}
  const reason = 'says what traces hold, but there are none without --traces'
  throw new TraillakeError(
    'INVALID_OPTION',
    { option: '--trace-statements', reason },
    { hint: 'name the collector, such as --traces http://localhost:4318' },
  )
}

function tlsOf({ tlsCert, tlsKey }: ServeFlags): Pick<AppOptions, 'tls'> {
  if (tlsCert === undefined && tlsKey === undefined) return {}
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new TraillakeError('INVALID_OPTION', { option: '--tls-cert', reason: 'and --tls-key come together' })
  }
  const read = (option: string, file: string) => {
    try {
      return readFileSync(file)
    } catch (cause) {
      throw new TraillakeError('INVALID_OPTION', { option, reason: (cause as Error).message }, { cause })
    }
  }
  return { tls: { cert: read('--tls-cert', tlsCert), key: read('--tls-key', tlsKey) } }
}
