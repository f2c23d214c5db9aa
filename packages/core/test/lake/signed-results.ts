import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { csvLine } from '../../src/results/index.ts'
import { record } from './trail-files.ts'

const FINGERPRINT = '67b9fa73676d86966b449dd677850753'
const newKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const { privateKey, publicKey } = newKeys()

/** The public key of what is signed here, in one of its two forms. */
export function keyAs(type: 'pkcs1' | 'spki', of = publicKey) {
  return { fingerprint: FINGERPRINT, value: of.export({ type, format: 'der' }).toString('base64') }
}

export const key = keyAs('pkcs1')
/** A key that claims to be the same one. */
export const impostor = keyAs('pkcs1', newKeys().publicKey)

/** Result files with an event each, and their sign file, as CloudTrail Lake writes them; by their names. */
export function signedResults(
  ids: readonly string[],
  header: readonly string[] = ['eventName', 'eventJson'],
): ReadonlyMap<string, Buffer> {
  const results = ids.map((id, i): readonly [string, Buffer] => {
    const event = JSON.stringify(record({ id }))
    const row = header.map((label) => (label === 'eventJson' ? event : 'A'))
    return [`result_${i + 1}.csv.gz`, gzipSync(csvLine(header) + csvLine(row))]
  })
  const files = results.map(([fileName, bytes]) => {
    return { fileHashValue: createHash('sha256').update(bytes).digest('hex'), fileName }
  })
  const text = files.map((file) => file.fileHashValue).join(' ')
  const signFile = {
    version: '1.0',
    region: 'us-east-1',
    files,
    hashAlgorithm: 'SHA-256',
    signatureAlgorithm: 'SHA256withRSA',
    queryCompleteTime: '2022-05-10T22:06:30Z',
    hashSignature: sign('sha256', Buffer.from(text), privateKey).toString('hex'),
    publicKeyFingerprint: FINGERPRINT,
  }
  return new Map([...results, ['result_sign.json', Buffer.from(JSON.stringify(signFile))]])
}

/** Writes them into a folder, and gives it. */
export function deliverResults(folder: string, ids: readonly string[], header?: readonly string[]): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of signedResults(ids, header)) writeFileSync(join(folder, name), bytes)
  return folder
}
