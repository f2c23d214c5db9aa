import { AwsFault } from '../aws/faults.ts'
import type { Caller } from './caller.ts'
import type { Credentials } from './credentials.ts'
import { isEqualText, type SignedRequest, verifySignature } from './sigv4.ts'

/** Tells who sends a request, or throws an AwsFault. @param service what a signature has to be scoped to */
export type Authenticate = (request: SignedRequest, service: string) => Caller

/** Without credentials everybody who reaches the (loopback) address is `anonymous` and may do everything. */
export function createAuthenticate(
  credentials: Credentials | undefined,
  { accountId: home }: { readonly accountId: string },
  now: () => Date,
): Authenticate {
  if (!credentials) return () => ({ name: 'anonymous', accountId: home })
  const keys = new Map((credentials.accessKeys ?? []).map((key) => [key.accessKeyId, key]))
  const tokens = credentials.tokens ?? []
  const callerOf = (name: string, { accountId = home, policy }: Pick<Caller, 'policy'> & { accountId?: string }) => ({
    name,
    accountId,
    ...(policy ? { policy } : {}),
  })
  return (request, service) => {
    const shown = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (shown !== undefined) {
      // Every token is compared, so that the time does not tell which one was near.
      const token = tokens.filter((known) => isEqualText(known.token, shown))[0]
      if (!token) throw new AwsFault('UnrecognizedClientException', 'The bearer token is not valid.')
      return callerOf(token.name, token)
    }
    const key = verifySignature(request, service, keys, now())
    return callerOf(key.accessKeyId, key)
  }
}
