import type { VacuumReason, VacuumReport } from '@traillake/core'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { interruptSignal, withLake } from '../lake-of.ts'
import { formatBytes, formatCount } from '../output/numbers.ts'
import { described } from '../settings/setting.ts'

interface Flags {
  readonly graceHours?: number
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

const REASONS: Readonly<Record<VacuumReason, string>> = {
  removed: 'replaced by compaction, retention or undo',
  orphan: 'named by no version',
  temporary: 'left by a writer that was stopped',
  quarantine: 'quarantine that the ledger no longer names',
  log: 'log older than it is kept for',
  'deleted-store': 'of deleted event data stores',
}

const hours = described(
  (text: string) => {
    if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number of hours, 0 or more.')
    return Number(text)
  },
  { type: 'number', minimum: 0 },
)

export function registerVacuum(program: Command): void {
  program
    .command('vacuum')
    .description('delete files that no version of the last days names')
    .argument('[store...]', 'event data stores, by name, id or ARN; default: all, and deleted ones')
    .addOption(new Option('--grace-hours <hours>', 'how long unused files stay; default 168 (7 days)').argParser(hours))
    .option('--force', 'allow less than 24 hours: only while nobody else uses the lake')
    .option('-n, --dry-run', 'list the files, delete nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake vacuum --dry-run            which files would go?
  $ traillake vacuum --grace-hours 720    versions of the last 30 days stay readable`,
    )
    .action(async (stores: string[], flags: Flags, command: Command) => {
      const dryRun = flags.dryRun ?? false
      const report = await withLake(command, dryRun ? { readOnly: true } : {}, (lake) =>
        lake.vacuum({
          signal: interruptSignal(),
          ...(stores.length > 0 ? { stores } : {}),
          ...(flags.graceHours === undefined ? {} : { graceHours: flags.graceHours }),
          ...(flags.force ? { force: true } : {}),
          ...(dryRun ? { dryRun } : {}),
        }),
      )
      process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report))
    })
}

function describe({ dryRun, deleted, bytes, waiting, graceHours }: VacuumReport): string {
  const lines: string[] = []
  if (dryRun) for (const { file, bytes: size } of deleted) lines.push(`${file} (${formatBytes(size)})`)
  const files = `${formatCount(deleted.length)} files, ${formatBytes(bytes)}`
  lines.push(deleted.length === 0 ? 'nothing to delete' : `${dryRun ? 'would delete' : 'deleted'} ${files}`)
  for (const [reason, text] of Object.entries(REASONS)) {
    const count = deleted.filter((file) => file.reason === reason).length
    if (count > 0) lines.push(`  ${formatCount(count)} ${text}`)
  }
  if (waiting.files > 0) {
    lines.push(
      `${formatCount(waiting.files)} unused files (${formatBytes(waiting.bytes)}) are younger than ${graceHours} hours`,
    )
  }
  return `${lines.join('\n')}\n`
}
