import { type ClientRequest, Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

export interface AbsentObjectsOptions {
  readonly client: S3Client
  readonly bucket: string
  readonly requestPayer: { readonly RequestPayer?: 'requester' }
  /** How long a connection may be silent. */
  readonly silentMs: number
}

/** Objects that were not there when they were asked for: what comes next in a log is asked for by every query. */
export interface AbsentObjects {
  /** Asks for one that was noted. True: it is absent still. False: nobody knows, ask in full. */
  isStill(key: string, signal?: AbortSignal): Promise<boolean>
  /** What S3 has just said. */
  note(key: string): void
}

const MOST_KEYS = 64
const VALID_S = 900
/** An address is used for less long than it is valid. */
const USED_MS = 600_000
/** Some buckets refuse signed addresses: asking in vain each time would make every question two. */
const REFUSED_MS = 300_000
/** An answer that says what is missing is a few hundred bytes. */
const MOST_BYTES = 10_000

/**
 * Asks by an address that is signed once and used again, without the client, which takes 1 to 2 ms of processor time for
 * a request that takes 0.2 ms. Only an answer that names the missing key counts: for everything else there is the client,
 * with its repetitions and its errors.
 */
export function createAbsentObjects({ client, bucket, requestPayer, silentMs }: AbsentObjectsOptions): AbsentObjects {
  const noted = new Map<string, { readonly url: URL; readonly untilMs: number } | undefined>()
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
  let refusedUntilMs = 0

  async function addressOf(key: string): Promise<URL> {
    const known = noted.get(key)
    if (known && known.untilMs > Date.now()) return known.url
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...requestPayer })
    const url = new URL(await getSignedUrl(client, command, { expiresIn: VALID_S }))
    noted.set(key, { url, untilMs: Date.now() + USED_MS })
    return url
  }

  function send(url: URL, signal: AbortSignal | undefined): ClientRequest {
    const options = { timeout: silentMs, ...(signal ? { signal } : {}) }
    return url.protocol === 'https:'
      ? requestHttps(url, { ...options, agent: agents.https })
      : requestHttp(url, { ...options, agent: agents.http })
  }

  return {
    note(key) {
      if (noted.size >= MOST_KEYS) noted.delete(noted.keys().next().value!)
      noted.set(key, noted.get(key))
    },
    async isStill(key, signal) {
      if (!noted.has(key) || refusedUntilMs > Date.now()) return false
      try {
        const { status, text } = await answerOf(send(await addressOf(key), signal))
        if (status === 404 && text.includes('<Code>NoSuchKey</Code>')) return true
        if (status !== 200) refusedUntilMs = Date.now() + REFUSED_MS
      } catch {
        // The client asks again, and says what is wrong.
      }
      noted.delete(key)
      return false
    },
  }
}

/** What came, and its text unless the object is there. */
function answerOf(request: ClientRequest): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('silent')))
    request.on('response', (response) => {
      const status = response.statusCode
      response.on('error', reject)
      if (status === 200) {
        response.destroy()
        resolve({ status, text: '' })
        return
      }
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
        if (text.length > MOST_BYTES) response.destroy(new Error('too long'))
      })
      response.on('end', () => resolve({ status, text }))
    })
    request.end()
  })
}
