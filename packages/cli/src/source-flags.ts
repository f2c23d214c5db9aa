import type { ImportOptions, PartitionLayout } from '@traillake/core'
import { type Command, Option } from 'commander'
import { byteCount, listOf, readJson, wholeNumber } from './arguments.ts'
import { s3Of, s3Options } from './s3-options.ts'

/** The flags of commands that read log files. */
export interface SourceFlags {
  readonly store: string
  readonly layout?: PartitionLayout
  readonly eventSelectors?: string
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
      'folders or files: s3://bucket/prefix, a bucket copied to disk, any part of one, or loose log files',
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
      (text: string) => (text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(0)(text)),
    )
    .option(
      '--event-selectors <file>',
      "JSON file with a trail's basic event selectors: what they leave out is counted as filtered",
    )
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
  for (const option of s3Options('source-s3')) command.addOption(option)
  return command
}

/** What the flags mean to the library. */
export function importOptions(flags: SourceFlags, command: Command): ImportOptions {
  const s3 = s3Of(command, 'source-s3')
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
    ...(s3 ? { s3 } : {}),
    ...(flags.eventSelectors ? { eventSelectors: readJson(flags.eventSelectors, '--event-selectors') } : {}),
  }
}
