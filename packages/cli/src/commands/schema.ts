import { type Command, Option } from 'commander'
import { withLake } from '../lake-of.ts'
import { printTable } from '../output/table.ts'

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the columns of an event data store, or of a layout')
    .argument('[store]', 'name, id or ARN; without one, the columns of --layout')
    .addOption(
      new Option('--layout <layout>', 'columns of an event category')
        .choices(['events', 'insights', 'configuration', 'evidence', 'activity'])
        .default('events'),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ traillake schema org\n  $ traillake schema --layout insights')
    .action(async (store: string | undefined, flags: { layout: 'events'; json?: boolean }, command: Command) => {
      const columns =
        store === undefined
          ? (await import('@traillake/core')).describeLayout(flags.layout)
          : await withLake(command, { readOnly: true }, async (lake) => (await lake.describe(store)).columns)
      if (flags.json) process.stdout.write(`${JSON.stringify(columns, null, 2)}\n`)
      else
        printTable(
          ['column', 'type', ''],
          columns.map((column) => [column.name, wrapType(column.type), column.hidden ? 'not in SELECT *' : '']),
        )
    })
}

/** Breaks a long row type after its members, so that a terminal's width is enough. */
function wrapType(type: string): string {
  let line = 0
  return type.replace(/[^,]+(?:, )?/g, (part) => {
    line += part.length
    if (line <= 72 || line === part.length) return part
    line = part.length + 2
    return `\n  ${part}`
  })
}
