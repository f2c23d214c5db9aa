import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { csvLine, type Lake, type ObjectStore, openObjectStore } from '@traillake/core'
import { type Buckets, resolveLocation } from '../buckets.ts'
import type { DeliveryStatus, QueryRecord } from './query-record.ts'
import { PART, readRows } from './saved-rows.ts'
import type { Signer } from './signing-key.ts'

/** Writes finished answers into buckets and folders, as CloudTrail Lake writes them. */
export interface Delivery {
  write(record: QueryRecord): Promise<DeliveryStatus>
}

const RESULT = 'result_1.csv.gz'
const SIGN = 'result_sign.json'

export function createDelivery(lake: Lake, buckets: Buckets, signer: Signer, now: () => Date): Delivery {
  async function* csv({ id, result }: QueryRecord): AsyncGenerator<string> {
    const { columns, rows } = result!
    yield csvLine(columns)
    for (let from = 0; from < rows; from += PART) {
      yield (await readRows(lake, id, result!, from, PART)).map(csvLine).join('')
    }
  }

  /** Gives the hash of the file. */
  async function writeResult(record: QueryRecord, store: ObjectStore, key: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'traillake-delivery-'))
    try {
      const file = join(folder, RESULT)
      await pipeline(Readable.from(csv(record)), createGzip(), createWriteStream(file))
      const hash = await hashOf(file)
      await store.putFile(key, file)
      return hash
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  return {
    async write(record) {
      const place = resolveLocation(buckets, record.delivery!.uri)
      if (typeof place === 'string') return 'FAILED'
      const completed = now()
      const folder = deliveryFolder(lake.accountId, record.id, completed)
      let store: ObjectStore
      let hash: string
      try {
        store = await openObjectStore(place.location, place.s3 ? { s3: place.s3 } : {})
        hash = await writeResult(record, store, `${folder}/${RESULT}`)
      } catch {
        return 'FAILED'
      }
      try {
        const { signature, fingerprint } = await signer.sign(hash)
        const sign = JSON.stringify({
          version: '1.0',
          region: lake.region,
          files: [{ fileHashValue: hash, fileName: RESULT }],
          hashAlgorithm: 'SHA-256',
          signatureAlgorithm: 'SHA256withRSA',
          queryCompleteTime: `${completed.toISOString().slice(0, 19)}Z`,
          hashSignature: signature,
          publicKeyFingerprint: fingerprint,
        })
        await store.put(`${folder}/${SIGN}`, Buffer.from(sign))
        return 'SUCCESS'
      } catch {
        return 'FAILED_SIGNING_FILE'
      }
    },
  }
}

/** `AWSLogs/<account>/CloudTrail-Lake/Query/<YYYY>/<MM>/<DD>/<query id>` */
function deliveryFolder(accountId: string, queryId: string, at: Date): string {
  const day = at.toISOString().slice(0, 10).replaceAll('-', '/')
  return `AWSLogs/${accountId}/CloudTrail-Lake/Query/${day}/${queryId}`
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer)
  return hash.digest('hex')
}
