import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as sdk from '@aws-sdk/client-cloudtrail'
import { openLake } from '@traillake/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { emptyFolder, main, traillake, trails } from './traillake.ts'

const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const env = {
  ...KEYS,
  AWS_CONFIG_FILE: '/none',
  AWS_SHARED_CREDENTIALS_FILE: '/none',
  AWS_EC2_METADATA_DISABLED: 'true',
}
const credentials = { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY }
const REGION = 'eu-west-1'
const ACCOUNT = '111122223333'

/** An endpoint over a new lake of this account and region, in the place of AWS. */
async function newAccount(args: readonly string[] = []) {
  const folder = emptyFolder()
  const lake = await openLake(join(folder, 'lake'), { create: true, accountId: ACCOUNT, region: REGION })
  await lake.close()
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', ...args], { cwd: folder })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const endpoint = /(http:\/\/127\.0\.0\.1:\d+)$/.exec(value as string)![1]!
  const client = new sdk.CloudTrailClient({ endpoint, region: REGION, credentials })
  onTestFinished(() => client.destroy())
  return { folder, endpoint, client }
}

const selectors = (category: string) => [
  { Name: category, FieldSelectors: [{ Field: 'eventCategory', Equals: [category] }] },
]

async function create(client: sdk.CloudTrailClient, input: sdk.CreateEventDataStoreCommandInput): Promise<string> {
  return (await client.send(new sdk.CreateEventDataStoreCommand(input))).EventDataStoreArn!
}

async function withStores(client: sdk.CloudTrailClient) {
  const TagsList = [{ Key: 'team', Value: 'audit' }, { Key: 'bare' }]
  const org = await create(client, {
    Name: 'org',
    AdvancedEventSelectors: selectors('Management'),
    RetentionPeriod: 400,
    TagsList,
  })
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'cloudtrail:StartQuery', Resource: org },
    ],
  })
  await client.send(new sdk.PutResourcePolicyCommand({ ResourceArn: org, ResourcePolicy }))
  const config = await create(client, {
    Name: 'config',
    AdvancedEventSelectors: selectors('ConfigurationItem'),
    StartIngestion: false,
  })
  const gone = await create(client, { Name: 'gone', TerminationProtectionEnabled: false })
  await client.send(new sdk.DeleteEventDataStoreCommand({ EventDataStore: gone }))
  return { org, config, gone, ResourcePolicy }
}

const migrate = (cwd: string, endpoint: string, ...args: readonly string[]) =>
  traillake(cwd, ['migrate', '--endpoint', endpoint, '--regions', REGION, ...args], { env })

describe('migrate', { timeout: 120_000 }, () => {
  test('makes the stores of an account, which answer to their old ids and ARNs; again, it changes nothing', async () => {
    const { endpoint, client } = await newAccount()
    const { org, config, gone, ResourcePolicy } = await withStores(client)
    const cwd = emptyFolder()
    const dry = await migrate(cwd, endpoint, '--dry-run')
    expect(dry).toMatchObject({ code: 3, stdout: expect.stringMatching(/org .*would be made/) })
    expect(existsSync(join(cwd, 'lake'))).toBe(false)

    const run = await migrate(cwd, endpoint)
    expect(run.stdout).toMatch(/event data store.*org.*eu-west-1.*400 days.*made/)
    expect(run.stdout).toMatch(/- gone: it waits for its deletion/)
    expect(run.stdout).toMatch(
      /- dashboards in eu-west-1 could not be read: ListDashboards: UnsupportedOperationException/,
    )
    expect(run.code).toBe(3)

    const listed = await traillake(cwd, ['stores', '--json'])
    expect(JSON.parse(listed.stdout)).toMatchObject([
      {
        name: 'org',
        id: org.slice(-36),
        arn: org,
        formerArn: org,
        schema: 'events',
        retentionDays: 400,
        terminationProtected: true,
        advancedEventSelectors: selectors('Management'),
        tags: [{ key: 'team', value: 'audit' }, { key: 'bare' }],
        resourcePolicy: ResourcePolicy,
        cloudTrail: { multiRegion: true, organization: false, billingMode: 'EXTENDABLE_RETENTION_PRICING' },
      },
      { name: 'config', id: config.slice(-36), schema: 'configuration', ingestionStopped: true },
    ])
    const again = await migrate(cwd, endpoint, '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      dryRun: false,
      carried: [
        { kind: 'store', name: 'org', arn: org, outcome: 'exists' },
        { kind: 'store', name: 'config', outcome: 'exists' },
        { kind: 'store', name: 'gone', arn: gone, outcome: 'left out' },
      ],
    })
    expect((await traillake(cwd, ['stores', '--json'])).stdout).toBe(listed.stdout)

    expect((await traillake(cwd, ['import', join(trails, 'versions'), '--store', org.slice(-36)])).code).toBe(0)
    for (const name of ['org', org.slice(-36), `"${org}"`]) {
      const { stdout } = await traillake(cwd, ['query', `SELECT count(*) > 10 AS some FROM ${name}`])
      expect(stdout, name).toBe('{"some":true}\n')
    }
  })

  test('into a lake of another account with a store of the same name', async () => {
    const { endpoint, client } = await newAccount()
    const { org } = await withStores(client)
    const cwd = emptyFolder()
    expect((await traillake(cwd, ['stores', 'create', 'ORG'])).code).toBe(0)
    const { stdout } = await migrate(cwd, endpoint, '--regions', `${REGION}, ${REGION}`)
    expect(stdout).toMatch(/- org-eu-west-1: the name org is taken/)
    expect(stdout.match(/event data store /g)).toHaveLength(3)
    const [, moved] = JSON.parse((await traillake(cwd, ['stores', '--json'])).stdout)
    expect(moved).toMatchObject({ name: 'org-eu-west-1', formerArn: org })
    expect(moved.arn).toBe(`arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore/${org.slice(-36)}`)
    for (const arn of [org, moved.arn]) {
      const { stdout } = await traillake(cwd, ['query', `SELECT count(*) AS n FROM "${arn}"`])
      expect(stdout).toBe('{"n":0}\n')
    }
    const other = await traillake(cwd, ['query', `SELECT 1 FROM "${org.replace(REGION, 'eu-west-2')}"`])
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('TABLE_NOT_FOUND') })
  })

  test('queries of dashboards become saved queries, those that cannot be run are named', async () => {
    const { endpoint, client } = await newAccount()
    await create(client, { Name: 'org' })
    const dashboards = await newDashboards(endpoint, [
      { QueryStatement: 'SELECT eventName FROM org', QueryParameters: ['$StartTime$'] },
      { QueryStatement: 'SELEC 1' },
    ])
    const cwd = emptyFolder()
    const run = await migrate(cwd, dashboards)
    expect(run.stdout).toMatch(/query +.*activity-1 .*made/)
    expect(run.stdout).toMatch(/- activity-1: it is run with the parameters \$StartTime\$/)
    expect(run.stdout).toMatch(/- activity-2: .*SELEC/)
    expect(run.stdout).toMatch(/- integration partner in eu-west-1/)
    expect((await traillake(cwd, ['queries', 'saved', '--json'])).stdout).toContain('SELECT eventName FROM org')
    expect(JSON.parse((await migrate(cwd, dashboards, '--json')).stdout).carried).toMatchObject([
      { outcome: 'exists' },
      { kind: 'query', name: 'activity-1', outcome: 'exists' },
      { kind: 'query', name: 'activity-2', outcome: 'left out' },
    ])
  })

  test('a store whose policy cannot be read is made without it, and that is said', async () => {
    const { endpoint, client } = await newAccount()
    const { org, gone } = await withStores(client)
    await client.send(new sdk.RestoreEventDataStoreCommand({ EventDataStore: gone }))
    const denied = await answerInPlaceOf(endpoint, { GetResourcePolicy: { __type: 'AccessDeniedException' } })
    const cwd = emptyFolder()
    const { code, stdout } = await migrate(cwd, denied, '--json')
    const { carried, notes } = JSON.parse(stdout)
    expect(carried.map((one: { name: string; outcome: string }) => [one.name, one.outcome])).toEqual([
      ['org', 'created'],
      ['config', 'created'],
      ['gone', 'created'],
    ])
    expect(notes).toContain(
      'the policy of org in eu-west-1 could not be read: GetResourcePolicy: AccessDeniedException',
    )
    expect(code).toBe(0)
    const [made] = JSON.parse((await traillake(cwd, ['stores', '--json'])).stdout)
    expect(made).toMatchObject({ name: 'org', arn: org, retentionDays: 400 })
    expect(made.resourcePolicy).toBeUndefined()
  })

  test('what stands in the way is said, with what to do', async () => {
    const cwd = emptyFolder()
    expect(await migrate(cwd, 'http://127.0.0.1:1')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/could not call ListEventDataStores of CloudTrail in eu-west-1: .*ECONNREFUSED/),
    })
    const nobody = { ...env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
    const args = ['migrate', '--endpoint', 'http://127.0.0.1:1', '--regions', REGION]
    expect(await traillake(cwd, args, { env: nobody })).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/the credentials for CloudTrail in eu-west-1 .*\n.*--profile/),
    })
    const nowhere = { ...env, AWS_REGION: '', AWS_DEFAULT_REGION: '' }
    expect(await traillake(cwd, ['migrate'], { env: nowhere })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--regions is missing.*\n.*AWS_REGION/),
    })
    expect(await traillake(cwd, ['migrate', '--regions', 'eu west'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--regions names no region: eu west'),
    })
    const { endpoint } = await newAccount()
    expect(await migrate(cwd, endpoint)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('without event data stores'),
    })
    expect(readdirSync(cwd)).toEqual([])
  })
})

/** The endpoint, with one dashboard and one integration before it, which it does not have itself. */
function newDashboards(endpoint: string, Widgets: readonly object[]): Promise<string> {
  const DashboardArn = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:dashboard/activity`
  return answerInPlaceOf(endpoint, {
    ListDashboards: { Dashboards: [{ DashboardArn, Type: 'CUSTOM' }] },
    GetDashboard: { DashboardArn, Widgets },
    ListChannels: { Channels: [{ ChannelArn: 'x', Name: 'partner' }] },
  })
}

/** The endpoint, with some operations answered before it; an answer with `__type` is an error. */
async function answerInPlaceOf(endpoint: string, answers: Readonly<Record<string, object>>): Promise<string> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const target = String(request.headers['x-amz-target'])
    const known = answers[target.slice(target.lastIndexOf('.') + 1)]
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    if (known) {
      response.statusCode = '__type' in known ? 400 : 200
      return void response.end(JSON.stringify(known))
    }
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
    const answer = await fetch(endpoint, { method: 'POST', headers, body: Buffer.concat(parts) })
    response.statusCode = answer.status
    response.end(await answer.text())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an answer that the endpoint delivered is verified with its keys and imported', { timeout: 120_000 }, async () => {
  const bucket = emptyFolder()
  const { folder, endpoint, client } = await newAccount(['--bucket', `answers=${bucket}`])
  const arn = await create(client, { Name: 'org' })
  cpSync(join(trails, 'invictus-2023'), join(folder, 'trail'), { recursive: true })
  const imported = await traillake(folder, ['import', 'trail', '--store', 'org'])
  const kept = /kept ([\d,]+)/.exec(imported.stdout)![1]
  const { QueryId } = await client.send(
    new sdk.StartQueryCommand({ QueryStatement: `SELECT * FROM ${arn.slice(-36)}`, DeliveryS3Uri: 's3://answers' }),
  )
  await expect
    .poll(async () => (await client.send(new sdk.DescribeQueryCommand({ QueryId }))).DeliveryStatus, {
      timeout: 30_000,
    })
    .toBe('SUCCESS')
  const answer = join(
    bucket,
    readdirSync(bucket, { recursive: true })
      .map(String)
      .find((name) => name.endsWith(QueryId!))!,
  )

  const cwd = emptyFolder()
  const refused = await traillake(cwd, ['import', answer, '--store', 'org'])
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/the public key \w+ is not known \[QUERY_RESULT_UNVERIFIED\]/),
  })
  const asked = { ...env, AWS_ENDPOINT_URL_CLOUDTRAIL: endpoint }
  const run = await traillake(cwd, ['import', answer, '--store', 'org', '--fetch-public-keys'], { env: asked })
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining(`read ${kept} = kept ${kept} `) })
  // With the trail itself nothing comes twice.
  const both = await traillake(cwd, ['import', join(folder, 'trail'), '--store', 'org'])
  expect(both.stdout).toContain(`read ${kept} = kept 0 + duplicate ${kept} `)
})
