import type { Command } from 'commander'
import { readText } from '../arguments.ts'
import { withLake } from '../lake-of.ts'
import { shorten } from '../output/shorten.ts'
import { printTable } from '../output/table.ts'

interface Flags {
  readonly json?: boolean
  readonly file?: string
  readonly description?: string
}

const json = (value: unknown) => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

export function registerViews(program: Command): void {
  const views = program
    .command('views')
    .description('queries that can be named in FROM')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake views create root_use "SELECT * FROM org WHERE userIdentity.type = 'Root'"
  $ traillake query "SELECT eventName, count(*) FROM root_use GROUP BY 1"`,
    )

  views
    .command('list', { isDefault: true })
    .description('list the views')
    .option('--json', 'print JSON')
    .action((flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const all = await lake.views.list()
        if (flags.json) return void json(all)
        if (all.length === 0)
          return void process.stdout.write('there is no view yet: traillake views create NAME SQL makes one\n')
        printTable(
          ['name', 'description', 'query'],
          all.map(({ name, description, sql }) => [name, description ?? '', shorten(sql)]),
        )
      }),
    )

  views
    .command('create')
    .description('make a view, in place of one of the same name')
    .argument('<name>', 'letters, digits, dots, dashes, underscores')
    .argument('[sql]', 'the query; - reads standard input')
    .option('-f, --file <file>', 'read the query from a file')
    .option('--description <text>', 'what it is for')
    .action((name: string, sql: string | undefined, flags: Flags, command: Command) =>
      withLake(command, {}, async (lake) => {
        const text = readText(sql, flags.file, 'a query')
        await lake.views.create(name, text, flags.description ? { description: flags.description } : {})
        process.stdout.write(`created ${name}\n`)
      }),
    )

  views
    .command('show')
    .description('print the query of a view')
    .argument('<name>', 'its name')
    .action((name: string, _: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        process.stdout.write(`${(await lake.views.get(name)).sql}\n`)
      }),
    )

  views
    .command('drop')
    .description('remove a view')
    .argument('<name>', 'its name')
    .action((name: string, _: Flags, command: Command) =>
      withLake(command, {}, async (lake) => {
        await lake.views.drop(name)
        process.stdout.write(`dropped ${name}\n`)
      }),
    )
}
