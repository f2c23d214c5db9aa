import { readFileSync } from 'node:fs'
import { TraillakeError } from '@traillake/core/errors'
import { type Policy, readPolicy } from './policy.ts'

/** What a caller signs requests with, in the manner of AWS. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials: must come with each request. */
  readonly sessionToken?: string
  /** ISO time. */
  readonly expiresAt?: string
  /** Whom policies of stores mean; default: the account of the lake. */
  readonly accountId?: string
  /** What its holder may do; default: everything. */
  readonly policy?: Policy
}

/** What a caller of the REST API shows: `Authorization: Bearer <token>`. */
export interface BearerToken {
  /** For logs. */
  readonly name: string
  readonly token: string
  readonly accountId?: string
  readonly policy?: Policy
}

export interface Credentials {
  readonly accessKeys?: readonly AccessKey[]
  readonly tokens?: readonly BearerToken[]
}

type Rule = RegExp | 'policy'
const keyMembers: Readonly<Record<keyof AccessKey, Rule>> = {
  accessKeyId: /^\w{4,128}$/,
  secretAccessKey: /^\S{8,}$/,
  sessionToken: /^\S+$/,
  expiresAt: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/,
  accountId: /^\d{12}$/,
  policy: 'policy',
}
const tokenMembers: Readonly<Record<keyof BearerToken, Rule>> = {
  name: /^[\w.@-]{1,128}$/,
  token: /^\S{16,}$/,
  accountId: /^\d{12}$/,
  policy: 'policy',
}

/** Reads a file of credentials: JSON of the form of `Credentials`. INVALID_OPTION for anything else, without its secrets. */
export function readCredentials(file: string): Credentials {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    // The parser's own message would quote the text.
    const reason = cause instanceof SyntaxError ? 'it is no JSON' : (cause as Error).message
    throw new TraillakeError('INVALID_OPTION', { option: 'credentials', reason: `names ${file}: ${reason}` })
  }
  return checkCredentials(value)
}

export function checkCredentials(value: unknown): Credentials {
  const { accessKeys = [], tokens = [], ...rest } = objectOf(value, 'the file')
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) throw invalid(`has no member ${unknown}`)
  const lists = [
    { name: 'accessKeys', list: accessKeys, members: keyMembers, required: ['accessKeyId', 'secretAccessKey'] },
    { name: 'tokens', list: tokens, members: tokenMembers, required: ['name', 'token'] },
  ]
  for (const { name, list, members, required } of lists) {
    if (!Array.isArray(list)) throw invalid(`needs a list as ${name}`)
    for (const [i, entry] of list.entries()) checkEntry(entry, `${name}[${i}]`, members, required)
  }
  if ((accessKeys as readonly unknown[]).length + (tokens as readonly unknown[]).length === 0) {
    throw invalid('holds no access key and no token')
  }
  return value as Credentials
}

function checkEntry(
  value: unknown,
  place: string,
  members: Readonly<Record<string, Rule>>,
  required: readonly string[],
): void {
  const entry = objectOf(value, place)
  const missing = required.find((name) => entry[name] === undefined)
  if (missing !== undefined) throw invalid(`lacks ${place}.${missing}`)
  for (const [name, given] of Object.entries(entry)) {
    const rule = Object.hasOwn(members, name) ? members[name] : undefined
    if (rule === undefined) throw invalid(`has an unknown ${place}.${name}`)
    if (rule === 'policy') {
      const policy = readPolicy(given, 'identity')
      if (typeof policy === 'string') throw invalid(`has a policy in ${place} that is none: ${policy}`)
    } else if (typeof given !== 'string' || !rule.test(given)) {
      throw invalid(`has no usable ${place}.${name}`)
    }
  }
}

function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw invalid(`holds what is no JSON object: ${place}`)
}

function invalid(reason: string): TraillakeError {
  return new TraillakeError('INVALID_OPTION', { option: 'credentials', reason })
}
