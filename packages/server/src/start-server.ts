import type { AddressInfo } from 'node:net'
import type { Lake } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'
import { createApp } from './app.ts'
import { isLoopback } from './loopback.ts'

export interface ServerOptions {
  /** Stays open when the server closes. */
  readonly lake: Lake
  /** 0 picks a free port. Default 4580. */
  readonly port?: number
  /** A loopback address: without credentials there is no listening elsewhere. Default 127.0.0.1. */
  readonly host?: string
}

export interface RunningServer {
  /** `http://127.0.0.1:4580` */
  readonly url: string
  /** Stops listening, ends what runs, and resolves when all is released. */
  close(): Promise<void>
}

/**
 * Starts the HTTP endpoint over an open lake.
 *
 * @throws INVALID_OPTION for an address that is not loopback; STORAGE_ERROR's kin never: the port's own failure is INVALID_OPTION too
 */
export async function startServer({ lake, port = 4580, host = '127.0.0.1' }: ServerOptions): Promise<RunningServer> {
  if (!isLoopback(host)) {
    throw new TraillakeError(
      'INVALID_OPTION',
      {
        option: 'host',
        reason: `is ${host}: this release has no credentials to ask for, so it listens on loopback only`,
      },
      { hint: 'use 127.0.0.1 or ::1, and a proxy with authentication in front for other machines' },
    )
  }
  const app = createApp(lake)
  try {
    await app.listen({ port, host })
  } catch (cause) {
    await app.close()
    const reason =
      (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? `${port} is in use` : (cause as Error).message
    throw new TraillakeError('INVALID_OPTION', { option: 'port', reason }, { cause })
  }
  const { address, family, port: actual } = app.server.address() as AddressInfo
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`, close: () => app.close() }
}
