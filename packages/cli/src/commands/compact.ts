import type { CompactReport, TableCompaction } from '@traillake/core'
import type { Command } from 'commander'
import { Option } from 'commander'
import { byteCount, wholeNumber } from '../arguments.ts'
import { EXIT } from '../exit-codes.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { outColors as colors } from '../output/colors.ts'
import { formatBytes, formatCount, formatDuration } from '../output/numbers.ts'

interface Flags {
  readonly dryRun?: boolean
  readonly targetSize?: number
  readonly minFiles?: number
  readonly workers?: number
  readonly memory?: number
  readonly json?: boolean
}

export function registerCompact(program: Command): void {
  program
    .command('compact')
    .description('join the small data files of each partition into one; no row and no answer changes')
    .argument('[store...]', 'event data stores, by name, id or ARN; default: all')
    .option('-n, --dry-run', 'tell what would be joined, write nothing')
    .addOption(
      new Option('--target-size <size>', 'files of half this size are left as they are; default 512 MB').argParser(
        byteCount,
      ),
    )
    .addOption(
      new Option('--min-files <number>', 'partitions with fewer small files are left as they are; default 2').argParser(
        wholeNumber(2),
      ),
    )
    .addOption(
      new Option('--workers <number>', 'partitions at once; default: one a core, as far as memory allows')
        .argParser(wholeNumber(1))
        .env('TRAILLAKE_WORKERS'),
    )
    .addOption(
      new Option('--memory <size>', 'for the whole compaction, such as 2g; default 1g')
        .argParser(byteCount)
        .env('TRAILLAKE_MEMORY'),
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake compact                     every event data store of ./lake
  $ traillake compact org --dry-run       what would be joined?

The files that were joined stay until traillake vacuum, so that older versions can still be read.
Exit code 3 means: finished, but a damaged file was left as it is.`,
    )
    .action(async (stores: string[], flags: Flags, command: Command) => {
      const dryRun = flags.dryRun ?? false
      const report = await withLake(command, dryRun ? { readOnly: true } : {}, (lake) =>
        lake.compact({
          signal: interruptSignal(),
          ...(stores.length > 0 ? { stores } : {}),
          ...(dryRun ? { dryRun } : {}),
          ...(flags.targetSize === undefined ? {} : { targetBytes: flags.targetSize }),
          ...(flags.minFiles === undefined ? {} : { minFiles: flags.minFiles }),
          ...(flags.workers === undefined ? {} : { workers: flags.workers }),
          ...(flags.memory === undefined ? {} : { memoryBytes: flags.memory }),
          onProgress(progress) {
            if (progress.kind === 'failed') process.stderr.write(`${progress.reason} [${progress.code}]\n`)
          },
        }),
      )
      process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report))
      process.exitCode = report.failures.length > 0 ? EXIT.incomplete : EXIT.ok
    })
}

function describe({ dryRun, stores, failures, elapsedMs }: CompactReport): string {
  const lines: string[] = []
  for (const { store, events, sources } of stores) {
    for (const [what, table] of [
      [store.name, events],
      [`${store.name}, ledger`, sources],
    ] as const) {
      if (table.filesAdded > 0) lines.push(`${colors.bold(what)}: ${describeTable(table, dryRun)}`)
    }
  }
  if (lines.length === 0 && failures.length === 0) lines.push('nothing to join: no partition has several small files')
  else if (!dryRun)
    lines.push(`done in ${formatDuration(elapsedMs)}; traillake vacuum deletes the old files after 7 days`)
  if (failures.length > 0)
    lines.push(colors.yellow(`groups of files left as they are: ${formatCount(failures.length)}`))
  return `${lines.join('\n')}\n`
}

function describeTable({ filesRemoved, filesAdded, rows, bytesRemoved, bytesAdded }: TableCompaction, dryRun: boolean) {
  const counts = `${formatCount(filesRemoved)} files into ${formatCount(filesAdded)}, ${formatCount(rows)} rows`
  return dryRun
    ? `would join ${counts}, ${formatBytes(bytesRemoved)}`
    : `joined ${counts}, ${formatBytes(bytesRemoved)} into ${formatBytes(bytesAdded)}`
}
