import type { WatchRound } from '@traillake/core'
import type { Command } from 'commander'
import { wholeNumber } from '../arguments.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { formatCount, formatDuration } from '../output/numbers.ts'
import { accountingLine } from '../output/report.ts'
import { importOptions, type SourceFlags, withSourceFlags } from '../source-flags.ts'

interface Flags extends SourceFlags {
  readonly interval: number
  readonly queue?: string
  readonly json?: boolean
}

export function registerWatch(program: Command): void {
  withSourceFlags(program.command('watch'))
    .description('import what is new, again and again, until Ctrl-C')
    .option('--interval <seconds>', 'between the end of one look and the next', wholeNumber(1), 30)
    .option('--queue <url>', 'wait for notifications of S3 in this SQS queue, in place of looking')
    .option('--json', 'print one JSON object for each look that found something')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake watch s3://my-trail --store org --from 2024-05-01
  $ traillake watch ./AWSLogs --store org --interval 5
  $ traillake watch s3://my-trail --store org --queue https://sqs.us-east-1.amazonaws.com/111122223333/my-trail

A line is printed for each look that found something, with how long the oldest new file had waited. What was imported stays when it is
stopped or killed; the next start goes on from there. Network, rights and credentials that fail are told and tried again.`,
    )
    .action((sources: string[], { interval, queue, json, ...flags }: Flags, command: Command) =>
      withLake(command, { create: true }, async (lake) => {
        const terminated = new AbortController()
        process.once('SIGTERM', () => terminated.abort())
        await lake.watch(sources, {
          ...importOptions(flags, command),
          signal: AbortSignal.any([interruptSignal(), terminated.signal]),
          intervalMs: interval * 1000,
          ...(queue === undefined ? {} : { queue }),
          onRound: (round) => print(round, json ?? false),
        })
      }),
    )
}

function print({ report, error, messages }: WatchRound, isJson: boolean): void {
  if (error) process.stderr.write(`${error.message} [${error.code}]${error.hint ? `; ${error.hint}` : ''}\n`)
  for (const { id, reason } of messages?.left ?? [])
    process.stderr.write(`message ${id} stays in the queue: ${reason}\n`)
  if (!report || report.files === 0) return
  for (const { source, code, reason } of report.failures)
    process.stderr.write(`could not read ${source}: ${reason} [${code}]\n`)
  const line = `${new Date().toISOString()} ${formatCount(report.files)} files, lag ${formatDuration(report.lagMs ?? 0)}: ${accountingLine(report)}`
  process.stdout.write(`${isJson ? JSON.stringify(report) : line}\n`)
}
