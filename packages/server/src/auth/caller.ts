import { type Policy, type Request, readPolicy, verdict } from './policy.ts'

/** Who makes a request. */
export interface Caller {
  /** For people and for the audit trail: the access key id, the token's name, or `anonymous`. */
  readonly name: string
  /** Twelve digits: what principals of resource policies name. */
  readonly accountId: string
  /** What the caller may do; absent: everything. */
  readonly policy?: Policy
}

/** What is known of the thing that a request is about. */
export interface Target {
  readonly arn: string
  /** JSON text; checked when it was put. */
  readonly resourcePolicy?: string
}

/**
 * Whether a caller may do something to a resource: a Deny anywhere wins; then an Allow of the caller's own policy or of the
 * resource's; a caller without a policy of its own may do what nothing denies.
 */
export function isAllowed(caller: Caller, operation: string, target?: Target): boolean {
  const request = { action: `cloudtrail:${operation}`, resource: target?.arn ?? '*' }
  const names = new Set(['*', caller.accountId, `arn:aws:iam::${caller.accountId}:root`, caller.name])
  const said = [
    caller.policy && verdict(caller.policy, request),
    target?.resourcePolicy && verdictOf(target.resourcePolicy, request, (name) => names.has(name)),
  ]
  if (said.includes('Deny')) return false
  return caller.policy === undefined || said.includes('Allow')
}

/** A policy that cannot be read (the library takes any text) denies: what it was meant to keep out is not let in. */
function verdictOf(
  text: string,
  request: Request,
  isPrincipal: (name: string) => boolean,
): 'Allow' | 'Deny' | undefined {
  let policy: Policy | string
  try {
    policy = readPolicy(JSON.parse(text), 'resource')
  } catch {
    return 'Deny'
  }
  return typeof policy === 'string' ? 'Deny' : verdict(policy, request, isPrincipal)
}
