import type { Isolation } from '@traillake/core'
import { type Command, Option } from 'commander'
import { withLake } from '../lake-of.ts'
import { isolationOf, isolationOption } from '../output/answer.ts'
import { type FormatName, formats } from '../output/write-result.ts'

interface Flags {
  readonly format?: FormatName
  readonly timing?: boolean
  readonly isolation?: Isolation
}

export function registerShell(program: Command): void {
  program
    .command('shell')
    .description('ask query after query: history, completion, \\d, timing')
    .addOption(new Option('-F, --format <format>', 'default: table on a terminal, else ndjson').choices(formats))
    .addOption(isolationOption())
    .option('--timing', 'time and files of every answer, on standard error')
    .addHelpText(
      'after',
      `
What was typed is kept in ~/.local/state/traillake/history; TRAILLAKE_HISTORY names another file, empty for none.

Examples:
  $ traillake shell
  $ traillake shell --format csv < queries.sql`,
    )
    .action(async (flags: Flags, command: Command) => {
      const { runShell } = await import('../shell/shell.ts')
      await withLake(command, { readOnly: true, ...isolationOf(flags) }, async (lake) => {
        const format = flags.format ?? (process.stdout.isTTY ? 'table' : 'ndjson')
        process.exitCode = await runShell(lake, { format, timing: flags.timing ?? false })
      })
    })
}
