import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Lake, type OpenLakeOptions, openLake } from '../../src/index.ts'
import { temporaryFolder } from '../storage/temporary.ts'
import { newBucket } from './buckets.ts'
import { python, startS3 } from './moto.ts'
import { type S3Request, startProxy } from './proxy.ts'
import { deliver } from './trails.ts'

const page = readFileSync(fileURLToPath(new URL('../../../../docs/s3.md', import.meta.url)), 'utf8')

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: string
  readonly Condition?: { readonly StringLike: { readonly 's3:prefix': string | readonly string[] } }
}
const [ofSource, ofLake] = [...page.matchAll(/```json\n(.*?)```/gs)].map(
  ([, json]) => (JSON.parse(json!) as { readonly Statement: readonly Statement[] }).Statement,
)

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
}
const actionOf = ({ method, key }: S3Request) => (key === '' ? 's3:ListBucket' : ACTIONS[method]!)
const listOf = (one: string | readonly string[]) => (typeof one === 'string' ? [one] : one)
const isLike = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replace(/[.+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text)

/** Whether a call is let in. A key that is missing counts as a prefix: only who may list it is told that it is missing. */
function isAllowed(statements: readonly Statement[], bucket: string, request: S3Request): boolean {
  const mayDo = (action: string, resource: string, prefix: string) =>
    statements.some(
      ({ Action, Resource, Condition }) =>
        listOf(Action).includes(action) &&
        isLike(Resource, resource) &&
        (!Condition || listOf(Condition.StringLike['s3:prefix']).some((like) => isLike(like, prefix))),
    )
  const place = `arn:aws:s3:::${bucket}`
  if (request.key === '') return mayDo('s3:ListBucket', place, request.query.get('prefix') ?? '')
  const mayBeMissing = request.method === 'GET' || request.method === 'HEAD'
  return (
    mayDo(actionOf(request), `${place}/${request.key}`, '') &&
    (!mayBeMissing || mayDo('s3:ListBucket', place, request.key))
  )
}

describe.skipIf(!python)('the policies of docs/s3.md', { timeout: 120_000 }, async () => {
  const server = python ? await startS3() : undefined!
  const proxy = python ? await startProxy(server) : undefined!
  const into = 'org'
  let trail: string
  let lakes: string

  beforeEach(async () => {
    trail = await newBucket(server)
    lakes = await newBucket(server)
    for (const hour of [10, 11]) {
      await deliver(server, trail, `2024-05-01T${hour}:00:00Z`)
      await deliver(server, trail, `2024-05-01T${hour}:00:00Z`, { prefix: 'other/', region: 'eu-west-1' })
    }
    proxy.reset()
  })

  async function open(options: OpenLakeOptions): Promise<Lake> {
    const [cacheDirectory, tempDirectory] = [await temporaryFolder(), await temporaryFolder()]
    return openLake(`s3://${lakes}/one`, { s3: proxy.s3, cacheDirectory, tempDirectory, ...options })
  }
  /** The calls about each of the buckets. */
  const calls = () => ({
    source: proxy.requests.filter(({ bucket }) => bucket === trail),
    lake: proxy.requests.filter(({ bucket }) => bucket === lakes),
  })
  function expectAllowed(): void {
    const { source, lake } = calls()
    expect(source.filter((call) => !isAllowed(ofSource!, 'my-trail', call))).toEqual([])
    expect(lake.filter((call) => !isAllowed(ofLake!, 'my-lakes', call))).toEqual([])
  }
  const actionsOf = (requests: readonly S3Request[]) => [...new Set(requests.map(actionOf))].sort()

  test('let in all that is done with a lake and a trail, and no more', async () => {
    await using lake = await open({ create: true })
    for (const hour of [10, 11]) {
      await lake.import(`s3://${trail}/AWSLogs`, { into, to: `2024-05-01T${hour}:30:00Z`, compact: false })
    }
    // Without the empty prefix.
    expect(calls().source.every(({ key, query }) => key !== '' || query.get('prefix') !== '')).toBe(true)
    await lake.import(`s3://${trail}`, { into })
    await lake.compact()
    await lake.views.create('some', `SELECT * FROM ${into} LIMIT 1`)
    await (await lake.query('SELECT * FROM some', { remember: true })).toArray()
    expect(await lake.verify()).toMatchObject({ ok: true })
    const [first] = await lake.imports.list()
    await lake.imports.undo(first!.importId)
    await lake.vacuum({ graceHours: 0, force: true })
    await lake.upgrade()
    expectAllowed()
    const given = (statements: readonly Statement[]) =>
      statements.flatMap(({ Action }) => Action).filter((action) => action.startsWith('s3:'))
    expect(actionsOf(calls().source)).toEqual([...given(ofSource!)].sort())
    expect(actionsOf(calls().lake)).toEqual([...given(ofLake!)].sort())
  })

  test('to query, s3:ListBucket and s3:GetObject are enough', async () => {
    await using writer = await open({ create: true })
    await writer.import(`s3://${trail}`, { into })
    proxy.reset()
    await using reader = await open({ readOnly: true })
    expect(await (await reader.query(`SELECT eventID FROM ${into}`)).toArray()).toHaveLength(2)
    await reader.describe(into)
    await reader.warmCache()
    expect(await reader.verify()).toMatchObject({ ok: true })
    expectAllowed()
    expect(actionsOf(calls().lake)).toEqual(['s3:GetObject', 's3:ListBucket'])
  })
})
