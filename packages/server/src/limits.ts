import type { Socket } from 'node:net'

/** What callers may ask of the server; see docs/api.md. */
export interface ServerLimits {
  /** Requests a second of one caller, twice as many in one go; 0: no limit. Default: 50, and no limit on a loopback address. */
  readonly requestsPerSecond?: number
  /** Connections that are open at a time; more are closed at once. Default 15,000. */
  readonly connections?: number
  /** Within what time the headers of a request have to be there. Default 10 s. */
  readonly headersTimeoutMs?: number
  /** Within what time a request has to be there whole. Default 60 s. */
  readonly requestTimeoutMs?: number
  /** How long a reader may take nothing of an answer that is ready. Default 60 s. */
  readonly stalledMs?: number
}

/** A statement may be long (generated IN lists), but not without end. */
const BODY_LIMIT = 1024 * 1024
const HEADER_LIMIT = 16 * 1024

/** The limits as Fastify and node:http want them. */
export function listenerOptions({ headersTimeoutMs = 10_000, requestTimeoutMs = 60_000 }: ServerLimits) {
  return {
    bodyLimit: BODY_LIMIT,
    requestTimeout: requestTimeoutMs,
    clientErrorHandler: refuseConnection,
    http: {
      maxHeaderSize: HEADER_LIMIT,
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      // How often connections are looked at; a time-out means little when it is not.
      connectionsCheckingInterval: Math.min(headersTimeoutMs, 5000),
    },
  } as const
}

const refusals: Readonly<Record<string, { readonly status: string; readonly code: string; readonly message: string }>> =
  {
    HPE_HEADER_OVERFLOW: {
      status: '431 Request Header Fields Too Large',
      code: 'HEADERS_TOO_LARGE',
      message: `the headers have more than ${HEADER_LIMIT} bytes`,
    },
    ERR_HTTP_REQUEST_TIMEOUT: {
      status: '408 Request Timeout',
      code: 'REQUEST_TIMEOUT',
      message: 'the request did not arrive in time',
    },
  }

/** Answers what never became a request, and ends its connection. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, code, message } = refusals[error.code ?? ''] ?? {
    status: '400 Bad Request',
    code: 'INVALID_REQUEST',
    message: 'the request is no HTTP',
  }
  const body = JSON.stringify({ error: { code, message } })
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}
