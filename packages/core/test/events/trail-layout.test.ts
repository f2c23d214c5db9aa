import { describe, expect, test } from 'vitest'
import { holdsRecords, readTrailKey, type TrailObject } from '../../src/events/index.ts'
import { trailFiles } from './corpus.ts'

const account = '111122223333'
const minute = Date.UTC(2024, 5, 10, 1, 5)
const log = { account, region: 'us-east-1', date: '2024-06-10', deliveredAtMs: minute }
const name = (kind: string, region = 'us-east-1') =>
  `${account}_${kind}_${region}_20240610T0105Z_Gm5YYKCJj0vmFiIJ.json.gz`

const cases: readonly (readonly [string, string, TrailObject])[] = [
  ['a trail', `AWSLogs/${account}/CloudTrail/us-east-1/2024/06/10/${name('CloudTrail')}`, { kind: 'log', ...log }],
  ['a prefix', `a/b/AWSLogs/${account}/CloudTrail/us-east-1/2024/06/10/${name('CloudTrail')}`, { kind: 'log', ...log }],
  [
    'an organization trail under a prefix equal to its id',
    `o-abcde12345/AWSLogs/o-abcde12345/${account}/CloudTrail-Insight/us-east-1/2024/06/10/${name('CloudTrail-Insight')}`,
    { kind: 'insight', organization: 'o-abcde12345', ...log },
  ],
  [
    'a prefix that is called AWSLogs',
    `AWSLogs/AWSLogs/${account}/CloudTrail-NetworkActivity/us-east-1/2024/06/10/${name('CloudTrail-NetworkActivity')}`,
    { kind: 'network', ...log },
  ],
  [
    'aggregated',
    `AWSLogs/${account}/CloudTrail-Aggregated/us-east-1/2024/06/10/x.json.gz`,
    { kind: 'aggregated', account, region: 'us-east-1', date: '2024-06-10' },
  ],
  ['a folder alone', name('CloudTrail'), { kind: 'log', ...log }],
  ['a local copy', `downloads\\june\\${name('CloudTrail-Insight')}`, { kind: 'insight', ...log }],
  ['an unpacked file', `x/${name('CloudTrail').replace('.gz', '')}`, { kind: 'log', ...log }],
  [
    'an old name',
    `x/${account}_CloudTrail_us-east-2_20150801T1255ZHdkvFTXOA3Vnhbc.json.gz`,
    { kind: 'log', account, region: 'us-east-2', date: '2015-08-01', deliveredAtMs: Date.UTC(2015, 7, 1, 12, 55) },
  ],
  ['GovCloud', name('CloudTrail', 'us-gov-west-1'), { kind: 'log', ...log, region: 'us-gov-west-1' }],
  ['China', name('CloudTrail', 'cn-northwest-1'), { kind: 'log', ...log, region: 'cn-northwest-1' }],
  ['an isolated partition', name('CloudTrail', 'us-isob-east-1'), { kind: 'log', ...log, region: 'us-isob-east-1' }],
  [
    'a digest of a trail with underscores',
    `AWSLogs/${account}/CloudTrail-Digest/us-east-1/2024/06/10/${account}_CloudTrail-Digest_us-east-1_my_own_trail_eu-west-1_20240610T010500Z.json.gz`,
    { kind: 'digest', ...log },
  ],
  [
    'a backfill digest',
    `${account}_CloudTrail-Digest_us-east-1_t_us-east-1_20240610T010500Z_backfill.json.gz`,
    { kind: 'digest', ...log },
  ],
  [
    'another service',
    `AWSLogs/${account}/Config/us-east-1/2024/6/10/ConfigHistory/x.json.gz`,
    { kind: 'config', account, region: 'us-east-1' },
  ],
  ['a service without account', 'AWSLogs/vpcflowlogs/x/y.log.gz', { kind: 'config' }],
  ['a service named like a property', `AWSLogs/${account}/constructor/x.json.gz`, { kind: 'config', account }],
  ['a Config file alone', `x/${account}_Config_us-east-1_ConfigHistory_1.json.gz`, { kind: 'config' }],
  [
    'a query result',
    `r/AWSLogs/${account}/CloudTrail-Lake/Query/2024/06/10/abc/result_1.csv.gz`,
    { kind: 'query-result', account, date: '2024-06-10' },
  ],
  ['a sign file alone', 'x/result_sign.json', { kind: 'query-result' }],
  [
    'an impossible date',
    `${account}_CloudTrail_us-east-1_20240631T0105Z_a.json.gz`,
    { kind: 'log', account, region: 'us-east-1' },
  ],
  ['a renamed file', 'records.json.gz', { kind: 'other' }],
  [
    'a renamed file in its folder',
    `AWSLogs/${account}/CloudTrail/us-east-1/2024/06/10/copy.json`,
    { kind: 'log', account, region: 'us-east-1', date: '2024-06-10' },
  ],
  ['a folder marker', `AWSLogs/${account}/CloudTrail/`, { kind: 'log', account }],
  ['a file beside the accounts', 'AWSLogs/readme.txt', { kind: 'other' }],
  ['nothing', '', { kind: 'other' }],
]

test.each(cases)('%s', (_name, key, wanted) => {
  expect(readTrailKey(key)).toEqual(wanted)
})

describe('the sets of test-data', () => {
  test.each([
    ['invictus-2023', { log: 55 }],
    ['synthetic-org', { log: 0, insight: 0, network: 0 }],
    ['layout-quirks', { digest: 1, aggregated: 1, config: 1, log: 9 }],
  ])('%s', (set, wanted) => {
    const counts: Record<string, number> = {}
    for (const file of trailFiles(set)) {
      const found = readTrailKey(file)
      counts[found.kind] = (counts[found.kind] ?? 0) + 1
      if (holdsRecords(found.kind)) {
        expect(found.account, file).toMatch(/^\d{12}$/)
        expect(found.region, file).toBeDefined()
        expect(found.date, file).toBeDefined()
        expect(new Date(found.deliveredAtMs!).toISOString().slice(0, 10), file).toBe(found.date)
      }
    }
    for (const [kind, count] of Object.entries(wanted)) {
      if (count === 0) expect(counts[kind], kind).toBeGreaterThan(0)
      else expect(counts[kind], kind).toBe(count)
    }
    expect(counts.other).toBeUndefined()
  })
})
