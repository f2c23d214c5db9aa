import type { ImportOptions, PartitionLayout, PublicKey } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'
import { type Command, Option } from 'commander'
import { byteCount, listOf, readJson, wholeNumber, wholeNumberOr } from './arguments.ts'
import { fetchPublicKeys } from './cloudtrail-client.ts'
import { sourceS3Of, withSourceS3 } from './s3-options.ts'

/** The flags of commands that read log files. */
export interface SourceFlags {
  readonly store: string
  readonly layout?: PartitionLayout
  readonly eventSelectors?: string
  readonly publicKeys?: string
  readonly fetchPublicKeys?: boolean
  readonly verifySignature: boolean
  readonly workers?: number
  readonly memory?: number
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly lookBack?: number
  readonly compact: boolean
}

/** Adds the sources, and what they are read by, to a command. */
export function withSourceFlags(command: Command): Command {
  command
    .argument(
      '<source...>',
      'folders or files: s3://bucket/prefix, a bucket copied to disk, any part of one, loose log files, zips or tars of them',
    )
    .requiredOption('-s, --store <name>', 'event data store, by name, id or ARN; an unknown name is created')
    .addOption(
      new Option('--layout <layout>', 'folders of the data files, for a store that this import creates').choices([
        'account-region-date',
        'date',
      ]),
    )
    .option('--accounts <list>', 'only files of these accounts, by their keys: 111122223333,444455556666', listOf)
    .option('--regions <list>', 'only files of these regions, by their keys: us-east-1,eu-west-1', listOf)
    .option('--from <day>', 'only files delivered on this day (UTC) or later: 2024-05-01, or 2024-05-01T12:00:00Z')
    .option('--to <day>', 'only files delivered on this day (UTC) or earlier, or up to a moment')
    .option(
      '--look-back <hours>',
      'in S3, list from so many hours before the last file that was read, or "all"; default 48',
      wholeNumberOr(0, 'all', Number.POSITIVE_INFINITY),
    )
    .option(
      '--event-selectors <file>',
      "JSON file with a trail's basic event selectors: what they leave out is counted as filtered",
    )
    .option(
      '--public-keys <file>',
      'JSON of "aws cloudtrail list-public-keys": what results of CloudTrail Lake queries are verified with',
    )
    .option('--fetch-public-keys', 'ask CloudTrail for these keys (cloudtrail:ListPublicKeys)')
    .option('--no-verify-signature', 'take query results without looking at their signatures')
    .addOption(
      new Option('--workers <number>', 'threads; default: one a core, as far as memory allows')
        .argParser(wholeNumber(1))
        .env('TRAILLAKE_WORKERS'),
    )
    .addOption(
      new Option('--memory <size>', 'for the whole import, such as 512m; default 1g')
        .argParser(byteCount)
        .env('TRAILLAKE_MEMORY'),
    )
    .option('--no-compact', 'leave small data files as they are; otherwise partitions with 8 or more are compacted')
  return withSourceS3(command)
}

/** What the flags mean to the library. */
export function importOptions(flags: SourceFlags, command: Command): ImportOptions {
  return {
    into: flags.store,
    ...(flags.layout ? { layout: flags.layout } : {}),
    ...(flags.workers ? { workers: flags.workers } : {}),
    ...(flags.compact ? {} : { compact: false }),
    ...(flags.memory ? { memoryBytes: flags.memory } : {}),
    ...(flags.accounts ? { accounts: flags.accounts } : {}),
    ...(flags.regions ? { regions: flags.regions } : {}),
    ...(flags.from === undefined ? {} : { from: flags.from }),
    ...(flags.to === undefined ? {} : { to: flags.to }),
    ...(flags.lookBack === undefined ? {} : { lookBackHours: flags.lookBack }),
    ...sourceS3Of(command),
    queryResults: queryResultOptions(flags),
    ...(flags.eventSelectors ? { eventSelectors: readJson(flags.eventSelectors, '--event-selectors') } : {}),
  }
}

function queryResultOptions(flags: SourceFlags): NonNullable<ImportOptions['queryResults']> {
  if (!flags.verifySignature) return { unverified: true }
  return {
    ...(flags.publicKeys === undefined ? {} : { publicKeys: readPublicKeys(flags.publicKeys) }),
    ...(flags.fetchPublicKeys ? { fetchPublicKeys } : {}),
  }
}

function readPublicKeys(file: string): readonly PublicKey[] {
  const { PublicKeyList: list } = readJson<{ PublicKeyList?: unknown }>(file, '--public-keys')
  const isKey = (key: Partial<Record<string, unknown>>) =>
    typeof key?.Fingerprint === 'string' && typeof key.Value === 'string'
  if (!Array.isArray(list) || !list.every(isKey)) {
    throw new TraillakeError('INVALID_OPTION', {
      option: '--public-keys',
      reason: `names ${file}, which is no answer of ListPublicKeys`,
    })
  }
  return list.map((key: { Fingerprint: string; Value: string }) => ({ fingerprint: key.Fingerprint, value: key.Value }))
}
