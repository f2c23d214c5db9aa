import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Lake } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'

const KIND = 'public-keys'
/** How long a key is said to be valid: what is signed with it can be verified for ever. */
const VALIDITY_MS = 366 * 86_400_000

/** A public key as `ListPublicKeys` gives it. */
export interface PublicKeyRecord {
  readonly fingerprint: string
  /** Base64 of the PKCS#1 DER form. */
  readonly value: string
  /** ISO texts. */
  readonly validFrom: string
  readonly validUntil: string
}

export interface Signer {
  /** Hex signature (RSASSA-PKCS1-v1_5, SHA-256) and the fingerprint of the key. */
  sign(text: string): Promise<{ readonly signature: string; readonly fingerprint: string }>
  /** Every key that ever signed something in this lake. */
  publicKeys(): Promise<readonly PublicKeyRecord[]>
}

/**
 * Signs with the key of a file, made when it is not there, or without a file with a key that lives as long as the process.
 * Only public keys are kept in the lake.
 */
export function createSigner(lake: Lake, now: () => Date, keyFile?: string): Signer {
  let ready: Promise<{ readonly key: KeyObject; readonly fingerprint: string }> | undefined

  async function prepare() {
    const key = await privateKey(keyFile)
    const der = createPublicKey(key).export({ type: 'pkcs1', format: 'der' })
    const fingerprint = createHash('sha256').update(der).digest('hex').slice(0, 32)
    const from = now().getTime()
    const until = (ms: number) => new Date(ms + VALIDITY_MS).toISOString()
    await lake.documents.update<PublicKeyRecord>(KIND, fingerprint, (known) =>
      known
        ? { ...known, validUntil: until(from) }
        : {
            fingerprint,
            value: der.toString('base64'),
            validFrom: new Date(from).toISOString(),
            validUntil: until(from),
          },
    )
    return { key, fingerprint }
  }

  return {
    async sign(text) {
      ready ??= prepare()
      ready.catch(() => {
        ready = undefined
      })
      const { key, fingerprint } = await ready
      return { signature: sign('sha256', Buffer.from(text), key).toString('hex'), fingerprint }
    },
    async publicKeys() {
      const ids = await lake.documents.list(KIND)
      const records = await Promise.all(ids.map((id) => lake.documents.read<PublicKeyRecord>(KIND, id)))
      return records.flatMap((record) => (record ? [record.value] : []))
    },
  }
}

/** Refuses a file that is there and holds no key to sign with: INVALID_OPTION. */
export function checkSigningKey(file: string): void {
  if (existsSync(file)) readKey(file)
}

async function privateKey(file: string | undefined): Promise<KeyObject> {
  if (file !== undefined && existsSync(file)) return readKey(file)
  const { privateKey: made } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  if (file === undefined) return made
  try {
    writeFileSync(file, made.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    // Another server was faster to make it: both use that one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readKey(file)
}

function readKey(file: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(readFileSync(file))
  } catch (cause) {
    throw new TraillakeError(
      'INVALID_OPTION',
      { option: 'signingKey', reason: `${file} holds no private key` },
      { cause },
    )
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw new TraillakeError('INVALID_OPTION', { option: 'signingKey', reason: `${file} holds no RSA key` })
  }
  return key
}
