import type { CacheOptions } from '@traillake/core'
import type { Command } from 'commander'
import { listOf } from '../arguments.ts'
import { interruptSignal, storageOf, withLake } from '../lake-of.ts'
import { formatBytes, formatCount } from '../output/numbers.ts'

interface WarmFlags {
  readonly columns?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

export function registerCache(program: Command): void {
  const cache = program.command('cache').description('what is kept here of lakes in S3')
  cache
    .command('info')
    .description('print where it is, and how much')
    .option('--json', 'print it as JSON')
    .action(async (flags: { json?: boolean }, command: Command) => {
      const { cacheInfo } = await import('@traillake/core')
      const found = await cacheInfo(folderOf(command))
      print(flags, found, `${found.folder}: ${formatCount(found.files)} files, ${formatBytes(found.bytes)}`)
    })
  cache
    .command('warm')
    .description('fetch what queries will need of a lake in S3')
    .argument('[store...]', 'event data stores, by name, id or ARN; default: all')
    .option('--from <day>', 'only events of this day (UTC) or later, such as 2024-05-01')
    .option('--to <day>', 'only events of this day (UTC) or earlier')
    .option('--columns <list>', 'only these columns: eventTime,eventName,userIdentity', listOf)
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake cache warm org --from 2024-05-01 --lake s3://my-lakes/one    a month, for work without a network
  $ traillake query --offline "SELECT count(*) FROM org" --lake s3://my-lakes/one`,
    )
    .action(async (stores: string[], flags: WarmFlags, command: Command) => {
      const { columns, from, to } = flags
      const report = await withLake(command, { readOnly: true }, (lake) =>
        lake.warmCache({
          signal: interruptSignal(),
          ...(stores.length > 0 ? { stores } : {}),
          ...(columns ? { columns } : {}),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        }),
      )
      print(flags, report, `${formatCount(report.files)} data files: ${formatBytes(report.fetchedBytes)} were fetched`)
    })
  cache
    .command('clear')
    .description('delete what was not used within the hour')
    .option('--force', 'delete the rest, too: only while no query runs')
    .option('--json', 'print the report as JSON')
    .action(async (flags: { force?: boolean; json?: boolean }, command: Command) => {
      const { clearCache } = await import('@traillake/core')
      const report = await clearCache({ ...folderOf(command), ...(flags.force ? { force: true } : {}) })
      const rest = report.inUse === 0 ? '' : `; ${formatCount(report.inUse)} were used within the hour and stay`
      print(flags, report, `deleted ${formatCount(report.files)} files, ${formatBytes(report.bytes)}${rest}`)
    })
}

function folderOf(command: Command): CacheOptions {
  const { cacheDirectory } = storageOf(command)
  return cacheDirectory === undefined ? {} : { cacheDirectory }
}

function print({ json }: { readonly json?: boolean }, report: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : text}\n`)
}
