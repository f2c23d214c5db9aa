/*
 * A small S3 server over folders, so that what is measured is not the server: `node s3-server.js <bucket>=<folder> …` prints its port. It gives
 * and lists what lies there when it is asked first, with ranges, and writes nothing. `GET /-/counts` tells requests and bytes since the last time.
 */
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join, relative } from 'node:path'

interface StoredObject {
  readonly key: string
  readonly path: string
  readonly size: number
  readonly etag: string
  readonly modified: Date
}

const folders = new Map(process.argv.slice(2).map((arg) => arg.split('=') as [string, string]))
const buckets = new Map<string, readonly StoredObject[]>()
let counts = { requests: 0, bytes: 0 }

function objectsOf(bucket: string): readonly StoredObject[] {
  const folder = folders.get(bucket)
  if (folder === undefined) return []
  const known = buckets.get(bucket) ?? readObjects(folder)
  buckets.set(bucket, known)
  return known
}

function readObjects(folder: string): readonly StoredObject[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const objects = files.map((file) => {
    const path = join(file.parentPath, file.name)
    const { size, mtime } = statSync(path)
    return { key: relative(folder, path), path, size, etag: `"${size}-${mtime.getTime()}"`, modified: mtime }
  })
  return objects.sort((a, b) => (a.key < b.key ? -1 : 1))
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3')
  if (pathname === '/-/counts') {
    response.end(JSON.stringify(counts))
    counts = { requests: 0, bytes: 0 }
    return
  }
  counts.requests += 1
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(pathname)) ?? []
  if (searchParams.has('list-type')) list(objectsOf(bucket), searchParams, response)
  else give(objectsOf(bucket), key, request, response)
})

function give(objects: readonly StoredObject[], key: string, request: IncomingMessage, response: ServerResponse): void {
  const found = objects[firstFrom(objects, key)]
  if (found?.key !== key) {
    response.writeHead(404, { 'content-type': 'application/xml' })
    response.end(request.method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code></Error>')
    return
  }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  const start = Number(from ?? 0)
  const end = Math.min(Number(to ?? found.size - 1), found.size - 1)
  response.writeHead(from === undefined ? 200 : 206, {
    etag: found.etag,
    'content-length': end - start + 1,
    'last-modified': found.modified.toUTCString(),
    ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${found.size}` }),
  })
  if (request.method === 'HEAD' || found.size === 0) {
    response.end()
    return
  }
  counts.bytes += end - start + 1
  createReadStream(found.path, { start, end }).pipe(response)
}

const KEYS_A_LISTING = 1000

function list(objects: readonly StoredObject[], query: URLSearchParams, response: ServerResponse): void {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const items: string[] = []
  const common = new Set<string>()
  let last = ''
  const [, start = ''] = [after, prefix].sort()
  let at = firstFrom(objects, start)
  for (; at < objects.length && items.length + common.size < KEYS_A_LISTING; at++) {
    const { key, size, etag, modified } = objects[at]!
    if (!key.startsWith(prefix)) break
    if (key <= after) continue
    last = key
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (cut !== -1) common.add(key.slice(0, cut + delimiter.length))
    else
      items.push(
        `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${size}</Size><ETag>${etag}</ETag><LastModified>${modified.toISOString()}</LastModified></Contents>`,
      )
  }
  const isTruncated = at < objects.length && objects[at]!.key.startsWith(prefix)
  const prefixes = [...common].map(
    (one) => `<CommonPrefixes><Prefix>${encodeURIComponent(one)}</Prefix></CommonPrefixes>`,
  )
  const next = isTruncated ? `<NextContinuationToken>${last}</NextContinuationToken>` : ''
  const text = `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${next}${items.join('')}${prefixes.join('')}</ListBucketResult>`
  counts.bytes += text.length
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.end(text)
}

/** Where the first object is whose key is not less. */
function firstFrom(objects: readonly StoredObject[], key: string): number {
  let [low, high] = [0, objects.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (objects[middle]!.key < key) low = middle + 1
    else high = middle
  }
  return low
}

server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port))
// It ends with whoever started it.
process.stdin.on('end', () => process.exit(0)).resume()
