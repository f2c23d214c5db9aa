import type { Command } from 'commander'
import { withLake } from '../lake-of.ts'
import { addNamedTexts } from './named-texts.ts'

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

  addNamedTexts(views, {
    list: {
      command: 'list',
      isDefault: true,
      description: 'list the views',
      said: 'there is no view yet: traillake views create NAME SQL makes one',
    },
    save: { command: 'create', description: 'make a view, in place of one of the same name', said: 'created' },
    drop: { command: 'drop', description: 'remove a view', said: 'dropped' },
    of: ({ views: { list, create, drop } }) => ({ list, save: create, drop }),
  })

  views
    .command('show')
    .description('print the query of a view')
    .argument('<name>', 'its name')
    .action((name: string, _: object, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        process.stdout.write(`${(await lake.views.get(name)).sql}\n`)
      }),
    )
}
