import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AwsFault } from '../aws/faults.ts'
import type { AccessKey } from './credentials.ts'

/** A request as it came: the body in bytes, for the signature covers them. */
export interface SignedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
/** How far the clock of a caller may be off, as AWS has it. */
const SKEW_MS = 5 * 60_000

interface Authorization {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/**
 * Verifies a request that is signed with Signature Version 4 in its Authorization header, and gives the key that did.
 *
 * Faults: MissingAuthenticationTokenException, IncompleteSignatureException, UnrecognizedClientException,
 * ExpiredTokenException, InvalidSignatureException.
 */
export function verifySignature(
  request: SignedRequest,
  service: string,
  keys: ReadonlyMap<string, AccessKey>,
  now: Date,
): AccessKey {
  const { headers } = request
  const authorization = readAuthorization(headers.authorization)
  const key = keys.get(authorization.accessKeyId)
  if (!key) throw unrecognized()
  checkToken(key, headers['x-amz-security-token'], now)
  const time = checkScope(authorization, headers['x-amz-date'], service, now)
  checkSignedHeaders(authorization.signedHeaders, headers)
  const bodyHash = createHash('sha256').update(request.body).digest('hex')
  const claimed = headers['x-amz-content-sha256']
  if (claimed !== undefined && claimed !== bodyHash) {
    throw invalidSignature('The body is not the one that x-amz-content-sha256 speaks of.')
  }
  const scope = `${authorization.date}/${authorization.region}/${service}/aws4_request`
  const canonical = sha256(canonicalRequest(request, authorization.signedHeaders, bodyHash))
  const text = [ALGORITHM, time, scope, canonical].join('\n')
  const expected = hmac(signingKey(key.secretAccessKey, authorization, service), text)
  const given = Buffer.from(authorization.signature, 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw invalidSignature(
      'The request signature does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    )
  }
  return key
}

function readAuthorization(header: string | undefined): Authorization {
  if (header === undefined) {
    throw new AwsFault('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  const [, algorithm, list = ''] = /^(\S+)\s+([\s\S]*)$/.exec(header) ?? []
  if (algorithm !== ALGORITHM) throw incomplete(`The Authorization header must begin with ${ALGORITHM}.`)
  const parts = new Map(
    list.split(',').map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const
    }),
  )
  for (const name of ['Credential', 'SignedHeaders', 'Signature']) {
    if (!parts.get(name)) throw incomplete(`The Authorization header lacks ${name}.`)
  }
  const scope = parts.get('Credential')!.split('/')
  const [date = '', region = '', service = '', end] = scope.slice(-4)
  const accessKeyId = scope.slice(0, -4).join('/')
  if (scope.length < 5 || end !== 'aws4_request') {
    throw incomplete('Credential must be <access key id>/<date>/<region>/<service>/aws4_request.')
  }
  const signedHeaders = parts.get('SignedHeaders')!.split(';')
  return { accessKeyId, date, region, service, signedHeaders, signature: parts.get('Signature')! }
}

function checkToken(key: AccessKey, given: string | readonly string[] | undefined, now: Date): void {
  if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= now.getTime()) {
    throw new AwsFault('ExpiredTokenException', 'The security token included in the request is expired')
  }
  const token = typeof given === 'string' ? given : undefined
  // Hashes are compared, so that the time tells nothing of the token.
  if (key.sessionToken === undefined ? token !== undefined : !isEqualText(token ?? '', key.sessionToken)) {
    throw unrecognized()
  }
}

/** @returns `x-amz-date` */
function checkScope(
  { date, service }: Authorization,
  header: string | readonly string[] | undefined,
  expected: string,
  now: Date,
): string {
  const [time, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(typeof header === 'string' ? header : '') ?? []
  if (time === undefined) throw incomplete('The request lacks an X-Amz-Date of the form 20240501T123456Z.')
  if (service !== expected) throw invalidSignature(`Credential should be scoped to correct service: '${expected}'.`)
  if (!time.startsWith(`${date}T`)) {
    throw invalidSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: ${date}, ${time}`,
    )
  }
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (!(Math.abs(signedMs - now.getTime()) <= SKEW_MS)) {
    throw invalidSignature(
      `Signature expired or not yet current: ${time} is more than 5 minutes from ${now.toISOString()}. Check the clocks.`,
    )
  }
  return time
}

/** What names the operation and the caller has to be covered by the signature. */
function checkSignedHeaders(signed: readonly string[], headers: IncomingHttpHeaders): void {
  const missing = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))].find(
    (name) => !signed.includes(name),
  )
  if (missing !== undefined) throw invalidSignature(`'${missing}' must be a signed header.`)
  const absent = signed.find((name) => headers[name] === undefined)
  if (absent !== undefined) throw invalidSignature(`The signed header '${absent}' is not in the request.`)
  if (signed.join() !== [...signed].sort().join()) throw incomplete('SignedHeaders must be sorted.')
}

function canonicalRequest(
  { method, url, headers }: SignedRequest,
  signed: readonly string[],
  bodyHash: string,
): string {
  const [path = '/', query = ''] = url.split(/\?([\s\S]*)/)
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`)
  return [method, canonicalPath(path), canonicalQuery(query), lines.join(''), signed.join(';'), bodyHash].join('\n')
}

/** Segments are encoded once more than they came, as every service but S3 has it. */
function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/')
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=')
    const [name, value] = at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    return [encode(decode(name)), encode(decode(value))] as const
  })
  const ordered = pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
  return ordered.map(([name, value]) => `${name}=${value}`).join('&')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidSignature('The query string is not well encoded.')
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function signingKey(secret: string, { date, region }: Authorization, service: string): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Compares texts in a time that does not depend on where they differ. */
export function isEqualText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}

function unrecognized(): AwsFault {
  return new AwsFault('UnrecognizedClientException', 'The security token included in the request is invalid.')
}

function incomplete(message: string): AwsFault {
  return new AwsFault('IncompleteSignatureException', message)
}

function invalidSignature(message: string): AwsFault {
  return new AwsFault('InvalidSignatureException', message)
}
