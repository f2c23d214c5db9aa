/** A statement of a policy, as resource policies and configured rights have it. Lists of one may be a text. */
export interface PolicyStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | { readonly AWS: string | readonly string[] }
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
}

export interface Policy {
  readonly Version?: string
  readonly Id?: string
  readonly Statement: readonly PolicyStatement[]
}

const POLICY_MEMBERS = new Set(['Version', 'Id', 'Statement'])
const STATEMENT_MEMBERS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource'])

/**
 * Reads a policy. What would be ignored is refused: a right that was meant to be narrower must not become wide.
 *
 * @param kind a resource's policy names principals, an identity's does not
 * @returns the policy, or why it is none
 */
export function readPolicy(value: unknown, kind: 'identity' | 'resource'): Policy | string {
  if (!isObject(value)) return 'the policy is no JSON object'
  const unknown = Object.keys(value).find((name) => !POLICY_MEMBERS.has(name))
  if (unknown !== undefined) return `${unknown} is no member of a policy`
  const statements = Array.isArray(value.Statement) ? value.Statement : [value.Statement]
  for (const [i, statement] of statements.entries()) {
    const reason = statementFault(statement, kind)
    if (reason !== undefined) return `statement ${i + 1}: ${reason}`
  }
  return statements.length === 0 ? 'Statement is empty' : ({ ...value, Statement: statements } as unknown as Policy)
}

function statementFault(value: unknown, kind: 'identity' | 'resource'): string | undefined {
  if (!isObject(value)) return 'it is no JSON object'
  const unknown = Object.keys(value).find((name) => !STATEMENT_MEMBERS.has(name))
  if (unknown !== undefined) return `${unknown} is not evaluated here`
  const { Effect, Principal, Action, Resource } = value
  if (Effect !== 'Allow' && Effect !== 'Deny') return 'Effect must be Allow or Deny'
  if (kind === 'resource' && !isPrincipal(Principal)) return 'Principal must be "*" or {"AWS": …}'
  if (kind === 'identity' && Principal !== undefined) return 'Principal has no place in the rights of a caller'
  if (!isTexts(Action)) return 'Action must be a text or a list of texts'
  if (!texts(Action).every((action) => action === '*' || /^cloudtrail(-data)?:[A-Za-z*?]+$/.test(action))) {
    return 'Action must be cloudtrail:<operation>'
  }
  if (!isTexts(Resource)) return 'Resource must be a text or a list of texts'
  return undefined
}

export interface Request {
  readonly action: string
  /** `*` for operations of no one resource. */
  readonly resource: string
}

/** Whether the statements that apply say Deny, Allow, or nothing at all. */
export function verdict(
  policy: Policy,
  request: Request,
  isPrincipalOf: (name: string) => boolean = () => true,
): 'Allow' | 'Deny' | undefined {
  const applying = policy.Statement.filter(
    ({ Action, Resource = '*', Principal }) =>
      texts(Action).some((pattern) => matches(pattern, request.action, 'i')) &&
      texts(Resource).some((pattern) => matches(pattern, request.resource)) &&
      (Principal === undefined || Principal === '*' || texts(Principal.AWS).some(isPrincipalOf)),
  )
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'Deny'
  return applying.length > 0 ? 'Allow' : undefined
}

/** `*` stands for any text, `?` for one character. */
function matches(pattern: string, text: string, flags = ''): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, `s${flags}`).test(text)
}

function texts(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

function isTexts(value: unknown): value is string | readonly string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.length > 0 && value.every(isText))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isPrincipal(value: unknown): boolean {
  return value === '*' || (isObject(value) && Object.keys(value).join() === 'AWS' && isTexts(value.AWS))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
