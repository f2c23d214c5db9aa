import type { ImportOptions, Lake } from '@traillake/core'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { interruptSignal, withLake, withLakeOrNone } from '../lake-of.ts'
import { createProgressView } from '../output/progress.ts'
import { printReport } from '../output/report.ts'
import { importOptions, type SourceFlags, withSourceFlags } from '../source-flags.ts'

interface Flags extends SourceFlags {
  readonly keys?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function registerImport(program: Command): void {
  withSourceFlags(program.command('import'))
    .description('read CloudTrail log files into an event data store; what was read before is skipped')
    .option(
      '--keys <file>',
      "read what this list names and nothing else: a key a line, or an S3 Inventory's manifest.json",
    )
    .option('-n, --dry-run', 'read and count, write nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake import ./AWSLogs --store org                a trail's bucket, or any part of it
  $ traillake import s3://my-trail --store org --from 2024-05-01 --regions us-east-1
  $ traillake import a.json.gz b.json.gz --store hunt     loose files
  $ traillake import logs.zip --store hunt                a zip or tar as the folder that was packed
  $ traillake import ./AWSLogs --store org --dry-run      what would be read?

Exit code 3 means: finished, but something is in quarantine, or a file could not be read.`,
    )
    .action(async (sources: string[], flags: Flags, command: Command) => {
      const view = createProgressView({ dryRun: flags.dryRun ?? false })
      const options: ImportOptions = {
        ...importOptions(flags, command),
        signal: interruptSignal(),
        onProgress: (progress) => view.show(progress),
        ...(flags.keys === undefined ? {} : { keys: flags.keys }),
        ...(flags.dryRun ? { dryRun: true } : {}),
      }
      try {
        const read = (lake: Lake) => lake.import(sources, options)
        const report = await (flags.dryRun ? withLakeOrNone(command, read) : withLake(command, { create: true }, read))
        view.close()
        if (flags.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
        else printReport(report)
        process.exitCode = report.quarantined > 0 || report.filesFailed > 0 ? EXIT.incomplete : EXIT.ok
      } finally {
        view.close()
      }
    })
}
