import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { csvLine, type Lake } from '@traillake/core'
import { type Buckets, resolveLocation } from '../buckets.ts'
import type { DeliveryStatus, QueryRecord } from './query-record.ts'
import { PART, readRows } from './saved-rows.ts'
import type { Signer } from './signing-key.ts'

/** Writes finished answers into folders, as CloudTrail Lake writes them into buckets. */
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

  return {
    async write(record) {
      const target = resolveLocation(buckets, record.delivery!.uri)
      if (typeof target === 'string') return 'FAILED'
      const completed = now()
      const folder = join(target.path, deliveryFolder(lake.accountId, record.id, completed))
      let hash: string
      try {
        await mkdir(folder, { recursive: true })
        const part = join(folder, `.${RESULT}.part`)
        await pipeline(Readable.from(csv(record)), createGzip(), createWriteStream(part))
        hash = await hashOf(part)
        await rename(part, join(folder, RESULT))
      } catch {
        // What stood in the way of writing may stand in the way of tidying up.
        await rm(folder, { recursive: true, force: true }).catch(() => undefined)
        return 'FAILED'
      }
      try {
        const { signature, fingerprint } = await signer.sign(hash)
        const part = join(folder, `.${SIGN}.part`)
        await writeFile(
          part,
          JSON.stringify({
            version: '1.0',
            region: lake.region,
            files: [{ fileHashValue: hash, fileName: RESULT }],
            hashAlgorithm: 'SHA-256',
            signatureAlgorithm: 'SHA256withRSA',
            queryCompleteTime: `${completed.toISOString().slice(0, 19)}Z`,
            hashSignature: signature,
            publicKeyFingerprint: fingerprint,
          }),
        )
        await rename(part, join(folder, SIGN))
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
