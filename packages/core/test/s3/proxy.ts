import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll } from 'vitest'
import type { S3Options } from '../../src/storage/index.ts'
import { type S3Server, s3OptionsOf } from './moto.ts'

/** A call to S3 as it comes by. */
export interface S3Request {
  /** From 1, over all calls since the last `reset`. */
  readonly count: number
  readonly method: string
  readonly bucket: string
  /** Empty for calls about a bucket. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/**
 * What goes wrong with a call:
 * - `reset`: the connection breaks before it reaches S3;
 * - `lost-answer`: S3 gets it, and the connection breaks in place of the answer;
 * - `answer`: S3 does not get it, and something else answers;
 * - `truncate`: the connection breaks in the middle of the answer's body;
 * - `stall`: the answer begins and then nothing comes any more;
 * - `slow`: the body comes byte by byte, with pauses;
 * - `etag`: the answer names another etag;
 * - `unconditional`: S3 gets it without its condition, as a store does that does not know any.
 */
export type S3Fault =
  | { readonly kind: 'reset' | 'lost-answer' | 'truncate' | 'stall' | 'slow' | 'etag' | 'unconditional' }
  | { readonly kind: 'answer'; readonly status: number; readonly code: string; readonly extra?: string }

export interface S3Proxy {
  readonly s3: S3Options
  /** Every call since the last `reset`. */
  readonly requests: readonly S3Request[]
  /** How many calls there were, by what they ask for: `{ GET: 3, LIST: 1 }`. */
  counts(): Readonly<Record<string, number>>
  /** How many bytes S3 answered with since the last `reset`, in bodies of any kind. */
  bytes(): number
  /** Forgets the calls so far, and decides what goes wrong from now on. `plan` may wait, or do something first. */
  reset(plan?: (request: S3Request) => S3Fault | undefined | Promise<S3Fault | undefined>): void
}

/** Starts a proxy between the library and S3 that counts calls and lets some of them go wrong. It ends with the test file. */
export async function startProxy(server: S3Server): Promise<S3Proxy> {
  const target = new URL(server.endpoint)
  let requests: S3Request[] = []
  let bodies = 0
  let plan: Parameters<S3Proxy['reset']>[0]

  const proxy = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy())
  })

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const call = describe(incoming, requests.length + 1)
    requests.push(call)
    const body = await bytesOf(incoming)
    const fault = await plan?.(call)
    if (fault?.kind === 'reset') {
      incoming.socket.destroy()
      return
    }
    if (fault?.kind === 'answer') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/xml' })
      outgoing.end(
        call.method === 'HEAD'
          ? ''
          : `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>${fault.code} it is</Message>${fault.extra ?? ''}</Error>`,
      )
      return
    }
    const headers = { ...incoming.headers }
    if (fault?.kind === 'unconditional') delete headers['if-none-match']
    const { status, answer, bytes } = await pass(incoming, headers, body)
    bodies += bytes.length
    if (fault?.kind === 'lost-answer') {
      incoming.socket.destroy()
      return
    }
    const given = { ...answer }
    if (fault?.kind === 'etag') given.etag = '"something-else"'
    outgoing.writeHead(status, given)
    switch (fault?.kind) {
      case 'truncate':
        outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
        await sleep(20)
        incoming.socket.destroy()
        return
      case 'stall':
        outgoing.write(bytes.subarray(0, 1))
        return
      case 'slow':
        for (let at = 0; at < bytes.length; at += 50) {
          outgoing.write(bytes.subarray(at, at + 50))
          await sleep(5)
        }
        outgoing.end()
        return
      default:
        outgoing.end(bytes)
    }
  }

  function pass(incoming: IncomingMessage, headers: IncomingMessage['headers'], body: Buffer) {
    return new Promise<{ status: number; answer: IncomingMessage['headers']; bytes: Buffer }>((resolve, reject) => {
      const { method = 'GET', url = '/' } = incoming
      const forwarded = request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
        bytesOf(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 500, answer: answer.headers, bytes }),
          reject,
        )
      })
      forwarded.on('error', reject)
      forwarded.end(body)
    })
  }

  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  afterAll(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const { port } = proxy.address() as { port: number }
  return {
    s3: s3OptionsOf(`http://127.0.0.1:${port}`),
    get requests() {
      return requests
    },
    counts() {
      const counts: Record<string, number> = {}
      for (const { method, query } of requests) {
        const name = query.has('list-type') ? 'LIST' : method
        counts[name] = (counts[name] ?? 0) + 1
      }
      return counts
    },
    bytes: () => bodies,
    reset(next) {
      requests = []
      bodies = 0
      plan = next
    },
  }
}

function describe({ method = 'GET', url = '/', headers }: IncomingMessage, count: number): S3Request {
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(pathname) ?? []
  return { count, method, bucket, key: decodeURIComponent(key), query: searchParams, headers }
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}
