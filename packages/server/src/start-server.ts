import type { AddressInfo } from 'node:net'
import type { Lake } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'
import type { FastifyInstance } from 'fastify'
import { createApp } from './app.ts'
import { checkBuckets } from './buckets.ts'
import { isLoopback } from './loopback.ts'
import type { AppOptions } from './options.ts'
import { checkSigningKey } from './queries/signing-key.ts'

export interface ServerOptions extends AppOptions {
  /** Stays open when the server closes. */
  readonly lake: Lake
  /** 0 picks a free port. Default 4580. */
  readonly port?: number
  /** Without credentials a loopback address: there is no listening elsewhere. Default 127.0.0.1. */
  readonly host?: string
}

export interface RunningServer {
  /** `http://127.0.0.1:4580` */
  readonly url: string
  /** Stops listening, lets running queries end for a while, and resolves when all is released. */
  close(): Promise<void>
}

/** What one caller may ask for where other machines reach the server. */
const REQUESTS_PER_SECOND = 50
const DEFAULT_HOST = '127.0.0.1'

/**
 * Starts the HTTP endpoint over an open lake.
 *
 * @throws INVALID_OPTION for an address that is not loopback without credentials, for credentials that are none, and for a port that cannot be had
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port = 4580, host = DEFAULT_HOST, tls } = options
  const app = await prepare(options)
  try {
    await app.listen({ port, host })
  } catch (cause) {
    await app.close()
    const reason =
      (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? `${port} is in use` : (cause as Error).message
    throw new TraillakeError('INVALID_OPTION', { option: 'port', reason }, { cause })
  }
  const warming = setTimeout(warmUp, WARM_UP_MS, options.lake).unref()
  const { address, family, port: actual } = app.server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${actual}`,
    close() {
      clearTimeout(warming)
      return app.close()
    },
  }
}

/** Finds out whether `startServer` would start, but for the port. Listens nowhere and writes nothing. Throws what `startServer` throws, and what asking buckets in S3 may. */
export async function checkServer(options: ServerOptions): Promise<void> {
  const { audit: _, monitoring: __, ...rest } = options
  if (rest.signingKey !== undefined) checkSigningKey(rest.signingKey)
  await checkBuckets(rest.buckets ?? {})
  const app = await prepare(rest)
  await app.ready()
  await app.close()
}

/** Whoever waits for the server asks within this time whether it is there: warming up would keep them waiting. */
const WARM_UP_MS = 200

/** The first query of a server should not have to wait for its engine to start. */
function warmUp(lake: Lake): void {
  lake.query('SELECT 1').then(
    (result) => result.close(),
    () => undefined,
  )
}

function prepare({ lake, port: _, host = DEFAULT_HOST, ...options }: ServerOptions): Promise<FastifyInstance> {
  if (!isLoopback(host) && !options.credentials) {
    throw new TraillakeError(
      'INVALID_OPTION',
      {
        option: 'host',
        reason: `is ${host}, which other machines reach: without credentials to ask for the server listens on loopback only`,
      },
      { hint: 'name a file of access keys and tokens (--credentials), or listen on 127.0.0.1' },
    )
  }
  const limits = { requestsPerSecond: isLoopback(host) ? 0 : REQUESTS_PER_SECOND, ...options.limits }
  return createApp(lake, { ...options, limits })
}
