import { TraillakeError } from '../../errors/index.ts'

/** What a call was about, for messages. */
export interface S3Call {
  readonly operation: 'read' | 'look at' | 'list' | 'write' | 'delete'
  readonly bucket: string
  /** `s3://bucket/key`. */
  readonly uri: string
  /** What may have stopped the call. */
  readonly signal?: AbortSignal | undefined
}

/** What the SDK throws, as far as it matters here. */
interface SdkError {
  readonly name: string
  readonly message: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string; readonly attempts?: number }
}

export function statusOf(error: unknown): number | undefined {
  return (error as Partial<SdkError> | undefined)?.$metadata?.httpStatusCode
}

const EXPIRED: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'])
const REFUSED: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'InvalidToken',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])
const ELSEWHERE: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
])

const RIGHTS: Readonly<Record<S3Call['operation'], string>> = {
  read: 's3:GetObject, and kms:Decrypt for a bucket that is encrypted with a key of its own',
  'look at': 's3:GetObject, and s3:ListBucket to be told what is missing',
  list: 's3:ListBucket on the bucket',
  write: 's3:PutObject, and kms:GenerateDataKey and kms:Decrypt for a bucket that is encrypted with a key of its own',
  delete: 's3:DeleteObject',
}

/**
 * Says what an error of the SDK means to whoever called a store.
 *
 * Its own object is not kept as the cause: answers of S3 repeat session tokens.
 */
export function s3Error(error: unknown, call: S3Call): TraillakeError {
  if (error instanceof TraillakeError) return error
  const { operation, bucket, uri, signal } = call
  const { name, message, $metadata } = toSdkError(error)
  const status = $metadata?.httpStatusCode
  const cause = new Error([name, status, $metadata?.requestId].filter((part) => part !== undefined).join(' '))
  const failed = (reason: string, hint?: string) =>
    new TraillakeError('STORAGE_ERROR', { operation, key: uri, reason }, { cause, hint })

  if (signal?.aborted || name === 'AbortError')
    return new TraillakeError('CANCELLED', { what: `${operation} ${uri}` }, { cause })
  if (/^Region is missing/.test(message)) {
    return new TraillakeError(
      'INVALID_OPTION',
      { option: 's3.region', reason: 'is missing' },
      { cause, hint: 'name the region of the bucket, in the options or as AWS_REGION' },
    )
  }
  if (EXPIRED.has(name)) return credentials(bucket, 'have expired', 'sign in again', cause)
  if (REFUSED.has(name)) return credentials(bucket, 'are not accepted', 'check which keys or profile are in use', cause)
  if (/Credentials?(Provider)?Error$/.test(name)) {
    const hint = 'set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role gives them'
    return credentials(bucket, 'are not to be had', hint, cause)
  }
  if (name === 'RequestTimeTooSkewed') {
    return failed('the clock of this machine and that of S3 are too far apart', 'set the clock of this machine')
  }
  if (name === 'NoSuchBucket' || (operation === 'list' && status === 404)) {
    return new TraillakeError('BUCKET_NOT_FOUND', { bucket }, { cause, hint: 'check its name, and the endpoint' })
  }
  if (ELSEWHERE.has(name) || status === 301) {
    return failed('the bucket lies in another region', 'name the region of the bucket')
  }
  if (name === 'InvalidObjectState') {
    return failed('the object is archived', 'restore it in S3 first, then try again')
  }
  if (status === 412 && operation === 'read')
    return new TraillakeError('SOURCE_CHANGED', { source: uri }, { cause, hint: 'try again' })
  if (status === 404 && operation === 'read') return new TraillakeError('SOURCE_NOT_FOUND', { source: uri }, { cause })
  if (status === 403) {
    const hint = `it needs ${RIGHTS[operation]}`
    return new TraillakeError('STORAGE_DENIED', { operation, key: uri }, { cause, hint })
  }
  const attempts = $metadata?.attempts ?? 1
  return failed(`${reasonOf(name, message, status)}${attempts > 1 ? ` (${attempts} attempts)` : ''}`)
}

function credentials(bucket: string, problem: string, hint: string, cause: Error): TraillakeError {
  return new TraillakeError('STORAGE_CREDENTIALS', { place: `s3://${bucket}`, problem }, { cause, hint })
}

/** An answer without a body has no name, and some networks answer with a page. */
function reasonOf(name: string, message: string, status: number | undefined): string {
  const code = (status === undefined ? '' : `HTTP ${status} `) + (/^\w+$/.test(name) ? name : 'Error')
  const text = message.split('\n')[0]!.slice(0, 200)
  return /deserialization/i.test(text) || text === name ? code : `${code}: ${text}`
}

function toSdkError(error: unknown): SdkError {
  return error instanceof Error ? error : { name: 'Error', message: String(error) }
}
