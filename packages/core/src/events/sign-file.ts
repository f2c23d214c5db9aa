import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** A public key as `ListPublicKeys` gives it. */
export interface PublicKey {
  readonly fingerprint: string
  /** Base64 of the DER form, PKCS#1 or SubjectPublicKeyInfo. */
  readonly value: string
}

/** What CloudTrail Lake writes beside the result files of a query, `result_sign.json`. */
export interface SignFile {
  readonly region: string
  readonly completedAt: Date
  /** Hex SHA-256 of the files as they are stored, by their names. */
  readonly hashes: ReadonlyMap<string, string>
  /** What is signed. */
  readonly text: string
  readonly signature: Buffer
  readonly fingerprint: string
}

/** Undefined for what is no sign file, or one that is signed in a way that is not known. */
export function readSignFile(bytes: Uint8Array): SignFile | undefined {
  let file: Readonly<Record<string, unknown>>
  try {
    file = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
  const text = (name: string) => (typeof file?.[name] === 'string' ? (file[name] as string) : '')
  const files: readonly { fileName?: unknown; fileHashValue?: unknown }[] = Array.isArray(file?.files) ? file.files : []
  const entries = files.map((entry) => [entry?.fileName, entry?.fileHashValue] as const)
  const completedAt = new Date(text('queryCompleteTime'))
  const isKnown = text('hashAlgorithm') === 'SHA-256' && text('signatureAlgorithm') === 'SHA256withRSA'
  const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value)
  if (!isKnown || entries.length === 0 || Number.isNaN(completedAt.getTime())) return undefined
  const hashes = new Map<string, string>()
  for (const [name, hash] of entries) {
    if (typeof name !== 'string' || !isHash(hash) || hashes.has(name)) return undefined
    hashes.set(name, hash.toLowerCase())
  }
  return {
    region: text('region'),
    completedAt,
    hashes,
    text: entries.map(([, hash]) => hash).join(' '),
    signature: Buffer.from(text('hashSignature'), 'hex'),
    fingerprint: text('publicKeyFingerprint'),
  }
}

/** Did the owner of this key sign it? False for a key that cannot be read. */
export function isSignedWith({ text, signature }: SignFile, { value }: PublicKey): boolean {
  const key = readKey(value)
  return key !== undefined && verify('sha256', Buffer.from(text), key, signature)
}

function readKey(value: string): KeyObject | undefined {
  const der = Buffer.from(value, 'base64')
  for (const type of ['pkcs1', 'spki'] as const) {
    try {
      return createPublicKey({ key: der, format: 'der', type })
    } catch {
      // It has the other form, or none.
    }
  }
  return undefined
}
