import type { ImportSummary, ListImportsOptions, UndoOptions } from '@traillake/core'
import type { Command } from 'commander'
import { interruptSignal, withLake } from '../lake-of.ts'
import { printJson } from '../output/json.ts'
import { formatBytes, formatCount } from '../output/numbers.ts'
import { accountingLine } from '../output/report.ts'
import { printTable } from '../output/table.ts'
import { sourceS3Of, withSourceS3 } from '../s3-options.ts'

interface Flags {
  readonly store?: string
  readonly dryRun?: boolean
  readonly allowLoss?: boolean
  readonly json?: boolean
}

export function registerImports(program: Command): void {
  const imports = program
    .command('imports')
    .description('list and show what was imported, and take an import back')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake imports                       every import, oldest first
  $ traillake imports show 7c9e6679         what came of each of its files
  $ traillake imports undo 7c9e6679 -n      what would go?
  $ traillake imports undo 7c9e6679         take it back: its files can be imported again`,
    )

  withStore(imports.command('list', { isDefault: true }).description('list the imports, oldest first')).action(
    (flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const all = await lake.imports.list(filterOf(flags))
        if (flags.json) return printJson(all)
        if (all.length === 0) return void process.stdout.write('nothing was imported yet\n')
        printTable(HEAD, all.map(rowOf), { right: new Set([4, 5, 6, 7, 8, 9]) })
      }),
  )

  withStore(
    imports
      .command('show')
      .description('show an import and what came of each file')
      .argument('<import>', 'its id, or the first 8 characters or more'),
  ).action((id: string, flags: Flags, command: Command) =>
    withLake(command, { readOnly: true }, async (lake) => {
      const found = await lake.imports.show(id, filterOf(flags))
      if (flags.json) return printJson(found)
      process.stdout.write(
        `import ${found.importId} into ${found.store.name}, ${found.startedAt.toISOString()}, ${found.status}\n${accountingLine(found)}\n`,
      )
      if (found.eventSelectors) process.stdout.write(`event selectors: ${JSON.stringify(found.eventSelectors)}\n`)
      printTable(
        ['file', 'status', 'size', 'read', 'kept', 'duplicate', 'filtered', 'quarantined'],
        found.sources.map((file) => [
          file.source,
          file.code ?? (file.kind === 'log' ? file.status : `${file.status}: ${file.kind}`),
          formatBytes(file.size),
          ...[file.read, file.kept, file.duplicate, file.filtered, file.quarantined].map(formatCount),
        ]),
        { right: new Set([2, 3, 4, 5, 6, 7]) },
      )
    }),
  )

  withStore(
    withSourceS3(imports.command('undo'))
      .description('take an import back: its events go, its files can be read again')
      .argument('<import>', 'its id, or the first 8 characters or more'),
  )
    .option('-n, --dry-run', 'look and count, write nothing')
    .option('--allow-loss', 'even if raw files are gone and events will be lost for good')
    .action((id: string, flags: Flags, command: Command) =>
      withLake(command, flags.dryRun ? { readOnly: true } : {}, async (lake) => {
        const options: UndoOptions = {
          ...filterOf(flags),
          ...(flags.dryRun ? { dryRun: true } : {}),
          ...(flags.allowLoss ? { allowLoss: true } : {}),
          ...sourceS3Of(command),
          signal: interruptSignal(),
        }
        const report = await lake.imports.undo(id, options)
        if (flags.json) return printJson(report)
        const { files, events, restored, unreadable, store } = report
        const lines = [
          `${report.dryRun ? 'would undo' : 'undid'} import ${report.importId} into ${store.name}: ${formatCount(events)} events of ${formatCount(files)} files`,
          `data files: ${formatCount(report.dataFilesRemoved)} removed, ${formatCount(report.dataFilesRewritten)} of them written anew without these events`,
          ...restored.map((one) => `restored ${formatCount(one.events)} events from their duplicates in ${one.source}`),
          ...unreadable.map((source) => `cannot be read again: ${source}`),
        ]
        process.stdout.write(`${lines.join('\n')}\n`)
      }),
    )
}

const HEAD = [
  'import',
  'store',
  'started',
  'status',
  'files',
  'read',
  'kept',
  'duplicate',
  'filtered',
  'quarantined',
] as const

function rowOf(one: ImportSummary): readonly string[] {
  const failed = one.filesFailed > 0 ? ` + ${formatCount(one.filesFailed)} failed` : ''
  return [
    one.importId,
    one.store.name,
    one.startedAt.toISOString().slice(0, 19).replace('T', ' '),
    one.status,
    `${formatCount(one.files)}${failed}`,
    ...[one.read, one.kept, one.duplicate, one.filtered, one.quarantined].map(formatCount),
  ]
}

function withStore(command: Command): Command {
  return command.option('-s, --store <name>', 'of this event data store only').option('--json', 'print JSON')
}

function filterOf({ store }: Flags): ListImportsOptions {
  return store === undefined ? {} : { store }
}
