import type { UpgradeReport } from '@traillake/core'
import type { Command } from 'commander'
import { withLake } from '../lake-of.ts'

interface Flags {
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function registerUpgrade(program: Command): void {
  program
    .command('upgrade')
    .description('bring the format and the columns of a lake to what this release writes')
    .option('-n, --dry-run', 'tell what would change, write nothing')
    .option('--json', 'print the report as JSON')
    .action(async (flags: Flags, command: Command) => {
      const dryRun = flags.dryRun ?? false
      const report = await withLake(command, dryRun ? { readOnly: true } : {}, (lake) =>
        lake.upgrade(dryRun ? { dryRun } : {}),
      )
      process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report))
    })
}

function describe({ dryRun, formatVersion: { from, to }, stores }: UpgradeReport): string {
  const lines: string[] = []
  for (const { store, events, sources } of stores) {
    for (const [table, columns] of Object.entries({ events, sources })) {
      if (columns.length === 0) continue
      lines.push(`${dryRun ? 'would add' : 'added'} to ${table} of ${store.name}: ${columns.join(', ')}`)
    }
  }
  if (lines.length > 0) lines.push('events imported before are NULL there')
  else if (from === to) lines.push(`nothing to do: the lake has format ${to}, the newest that this release knows`)
  else lines.push(`${dryRun ? 'would bring' : 'brought'} the lake from format ${from} to ${to}`)
  return `${lines.join('\n')}\n`
}
