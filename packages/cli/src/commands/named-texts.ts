import type { Lake } from '@traillake/core'
import type { Command } from 'commander'
import { readText } from '../arguments.ts'
import { withLake } from '../lake-of.ts'
import { shorten } from '../output/shorten.ts'
import { printTable } from '../output/table.ts'

/** A query that a lake keeps by a name. */
interface NamedText {
  readonly name: string
  readonly description?: string
  readonly sql: string
}

/** A verb: its name as a command, what it does, and what it says when it is done (or has nothing to show). */
interface Verb {
  readonly command: string
  readonly description: string
  readonly said: string
  readonly isDefault?: boolean
}

export interface NamedTexts {
  readonly list: Verb
  readonly save: Verb
  readonly drop: Verb
  of(lake: Lake): {
    list(): Promise<readonly NamedText[]>
    save(name: string, sql: string, options: { readonly description?: string }): Promise<unknown>
    drop(name: string): Promise<unknown>
  }
}

interface Flags {
  readonly json?: boolean
  readonly file?: string
  readonly description?: string
}

/** Adds the commands that list, save and drop what a lake keeps by name. */
export function addNamedTexts(parent: Command, { list, save, drop, of }: NamedTexts): void {
  parent
    .command(list.command, { isDefault: list.isDefault ?? false })
    .description(list.description)
    .option('--json', 'print JSON')
    .action((flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const all = await of(lake).list()
        if (flags.json) return void process.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
        if (all.length === 0) return void process.stdout.write(`${list.said}\n`)
        printTable(
          ['name', 'description', 'query'],
          all.map(({ name, description, sql }) => [name, description ?? '', shorten(sql)]),
        )
      }),
    )

  parent
    .command(save.command)
    .description(save.description)
    .argument('<name>', 'letters, digits, dots, dashes, underscores')
    .argument('[sql]', 'the query; - reads standard input')
    .option('-f, --file <file>', 'read the query from a file')
    .option('--description <text>', 'what it is for')
    .action((name: string, sql: string | undefined, flags: Flags, command: Command) =>
      withLake(command, {}, async (lake) => {
        const text = readText(sql, flags.file, 'a query')
        await of(lake).save(name, text, flags.description ? { description: flags.description } : {})
        process.stdout.write(`${save.said} ${name}\n`)
      }),
    )

  parent
    .command(drop.command)
    .description(drop.description)
    .argument('<name>', 'its name')
    .action((name: string, _: Flags, command: Command) =>
      withLake(command, {}, async (lake) => {
        await of(lake).drop(name)
        process.stdout.write(`${drop.said} ${name}\n`)
      }),
    )
}
