import type { StoreVerification, VerifyOptions } from '@traillake/core'
import type { Command } from 'commander'
import { wholeNumber } from '../arguments.ts'
import { EXIT } from '../exit-codes.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { outColors as colors } from '../output/colors.ts'
import { printJson } from '../output/json.ts'
import { formatBytes, formatCount, formatDuration } from '../output/numbers.ts'
import { accountingLine } from '../output/report.ts'
import { createVerifyView } from '../output/verify-progress.ts'
import { sourceS3Of, withSourceS3 } from '../s3-options.ts'

interface Flags {
  readonly fast?: boolean
  readonly raw: boolean
  readonly strict?: boolean
  readonly maxFindings?: number
  readonly json?: boolean
}

export function registerVerify(program: Command): void {
  withSourceS3(program.command('verify'))
    .description('check that every imported event is there and is what its raw file says')
    .argument('[store...]', 'names, ids or ARNs; default: every event data store')
    .option('--fast', 'metadata only: the log, sizes, footers and the ledger')
    .option('--no-raw', 'leave raw files alone')
    .option('--strict', 'warnings count as errors')
    .option('--max-findings <number>', 'how many findings of a store are listed; default 1,000', wholeNumber(1))
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake verify                      every value of every data file, every raw file that can be reached
  $ traillake verify org --fast           in seconds, without reading events
  $ traillake verify --json | jq '.stores[].findings[]'

Nothing is written. Exit code 3 means: finished, and something is wrong.`,
    )
    .action((stores: string[], flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const view = createVerifyView()
        const options: VerifyOptions = {
          ...(stores.length > 0 ? { stores } : {}),
          ...(flags.fast ? { fast: true } : {}),
          ...(flags.raw ? {} : { raw: false }),
          ...(flags.maxFindings ? { maxFindings: flags.maxFindings } : {}),
          ...sourceS3Of(command),
          onProgress: (progress) => view.show(progress),
          signal: interruptSignal(),
        }
        const report = await lake.verify(options).finally(() => view.close())
        const isGood = report.ok && (!flags.strict || report.warnings === 0)
        process.exitCode = isGood ? EXIT.ok : EXIT.incomplete
        if (flags.json) return printJson(report)
        for (const store of report.stores) process.stdout.write(`${describe(store)}\n`)
        process.stdout.write(
          `${report.ok ? 'all good' : counted(report.errors, 'error')}${report.warnings > 0 ? `, ${counted(report.warnings, 'warning')}` : ''} in ${formatDuration(report.elapsedMs)}\n`,
        )
      }),
    )
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`
}

function describe(store: StoreVerification): string {
  const { checked, findings, errors, warnings } = store
  const read = checked.events > 0 ? `, ${formatCount(checked.events)} events read` : ''
  const raw =
    checked.rawFiles + checked.rawMissing > 0
      ? `; ${formatCount(checked.rawFiles)} raw files compared (${formatBytes(checked.rawBytes)}), ${formatCount(checked.rawMissing)} no longer there`
      : ''
  const listed = findings.map(({ severity, code, place, message, hint }) => {
    const colour = severity === 'error' ? colors.red : colors.yellow
    return `${colour(`${severity}: ${place}: ${message} [${code}]`)}\n  hint: ${hint}`
  })
  const more = errors + warnings - findings.length
  return [
    colors.bold(`${store.name}, version ${store.version ?? 'unreadable'}: ${formatCount(store.events)} events`),
    accountingLine(store.ledger),
    `${formatCount(checked.dataFiles)} data files (${formatBytes(checked.dataBytes)})${read}, ${formatCount(checked.sourceFiles)} source files in the ledger${raw}`,
    ...listed,
    ...(more > 0 ? [`and ${formatCount(more)} more: --max-findings ${errors + warnings}`] : []),
  ].join('\n')
}
