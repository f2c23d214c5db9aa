import type { ListQuarantineOptions, QuarantinedItem, RetryOptions } from '@traillake/core'
import { type Command, Option } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { interruptSignal, withLake } from '../lake-of.ts'
import { hexDump } from '../output/hex-dump.ts'
import { printJson } from '../output/json.ts'
import { formatBytes, formatCount } from '../output/numbers.ts'
import { accountingLine } from '../output/report.ts'
import { printTable } from '../output/table.ts'
import { sourceS3Of, withSourceS3 } from '../s3-options.ts'

interface Flags {
  readonly store?: string
  readonly import?: string
  readonly code?: string
  readonly all?: boolean
  readonly form?: 'text' | 'hex' | 'bytes'
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function registerQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('list and show what could not become events, and read it again')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake quarantine                                 everything in quarantine
  $ traillake quarantine list --code CONFLICTING --json | jq .source
  $ traillake quarantine show 3f2a9c0d1e4b5a67           one item with its bytes
  $ traillake quarantine retry --store org               read it again: a file that was mended, a newer release`,
    )

  withFilter(quarantine.command('list', { isDefault: true }).description('list what is in quarantine'))
    .option('--all', 'also unreadable states of files that were read in another state since')
    .option('--json', 'print JSON, one item a line')
    .action((flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const options: ListQuarantineOptions = { ...filterOf(flags), ...(flags.all ? { all: true } : {}) }
        const items: QuarantinedItem[] = []
        for await (const item of lake.quarantine.list(options)) {
          if (flags.json) process.stdout.write(`${JSON.stringify(item)}\n`)
          else items.push(item)
        }
        if (flags.json) return
        if (items.length === 0) return void process.stdout.write('nothing is in quarantine\n')
        printTable(['id', 'store', 'imported', 'code', 'size', 'where'], items.map(rowOf), { right: new Set([4]) })
      }),
    )

  quarantine
    .command('show')
    .description('show an item with its bytes')
    .argument('<id>', 'as listed')
    .option('-s, --store <name>', 'look in this event data store only')
    .addOption(
      new Option('--form <form>', 'how the bytes are printed; bytes: as they are, and nothing else')
        .choices(['text', 'hex', 'bytes'])
        .default(undefined, 'text where they are text, else hex'),
    )
    .option('--json', 'print JSON, the bytes as base64')
    .action((id: string, flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const { bytes, ...item } = await lake.quarantine.show(id, flags.store ? { store: flags.store } : {})
        const buffer = bytes && Buffer.from(bytes)
        if (flags.json) return printJson({ ...item, bytes: buffer?.toString('base64') ?? null })
        if (flags.form === 'bytes') return void process.stdout.write(buffer ?? '')
        printTable(
          ['', ''],
          [
            ['id', item.id],
            ['store', item.store.name],
            ['import', item.importId],
            ['imported', item.importedAt.toISOString()],
            ['file', item.source],
            ['place', placeOf(item)],
            ['event id', item.eventId ?? ''],
            ['code', item.code],
            ['reason', item.reason],
            ['size', formatBytes(item.size)],
            ['sha256', item.sha256],
          ],
        )
        if (!buffer) return void process.stdout.write('its bytes were too many to keep: they are in the file alone\n')
        const { isUtf8 } = await import('node:buffer')
        const isText = flags.form === 'text' || (flags.form === undefined && isUtf8(buffer) && !buffer.includes(0))
        process.stdout.write(isText ? `${buffer.toString()}\n` : hexDump(buffer))
      }),
    )

  withSourceS3(withFilter(quarantine.command('retry').description("read items again with this release's reader")))
    .argument('[id...]', 'items as listed; default: all that the options let through')
    .option('-n, --dry-run', 'read and count, write nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExit code 3 means: something is still in quarantine.')
    .action((ids: string[], flags: Flags, command: Command) =>
      withLake(command, flags.dryRun ? { readOnly: true } : {}, async (lake) => {
        const options: RetryOptions = {
          ...filterOf(flags),
          ...(ids.length > 0 ? { ids } : {}),
          ...(flags.dryRun ? { dryRun: true } : {}),
          ...sourceS3Of(command),
          signal: interruptSignal(),
        }
        const report = await lake.quarantine.retry(options)
        process.exitCode = report.released < report.items ? EXIT.incomplete : EXIT.ok
        if (flags.json) return printJson(report)
        const { items, released, unavailable } = report
        const lines = [
          `${report.dryRun ? 'would read' : 'read'} ${formatCount(items)} items again: ${formatCount(released)} released, ${formatCount(items - released)} still in quarantine`,
          accountingLine(report),
          ...(unavailable > 0
            ? [
                `${formatCount(unavailable)} could not be read again: bytes not kept, and the file is gone, damaged or changed`,
              ]
            : []),
        ]
        process.stdout.write(`${lines.join('\n')}\n`)
      }),
    )
}

function withFilter(command: Command): Command {
  return command
    .option('-s, --store <name>', 'of this event data store only')
    .option('--import <id>', 'of this import only: its id, or the first 8 characters or more')
    .option('--code <code>', 'of this code only, such as TRUNCATED_GZIP')
}

function filterOf(flags: Flags): Pick<ListQuarantineOptions, 'store' | 'importId' | 'code'> {
  return {
    ...(flags.store === undefined ? {} : { store: flags.store }),
    ...(flags.import === undefined ? {} : { importId: flags.import }),
    ...(flags.code === undefined ? {} : { code: flags.code }),
  }
}

function placeOf({ record, offset }: QuarantinedItem): string {
  if (record === null) return 'the whole file'
  return offset === null ? `record ${record}` : `record ${record}, from byte ${offset} of the uncompressed file`
}

function rowOf(item: QuarantinedItem): readonly string[] {
  return [
    item.id,
    item.store.name,
    item.importedAt.toISOString().slice(0, 19).replace('T', ' '),
    item.code,
    formatBytes(item.size),
    item.record === null ? item.source : `${item.source} record ${item.record}`,
  ]
}
