import type {
  AdvancedEventSelector,
  CreateEventDataStoreOptions,
  EventDataStore,
  PartitionLayout,
  UpdateEventDataStoreOptions,
} from '@traillake/core'
import { type Command, Option } from 'commander'
import { readJson, wholeNumber } from '../arguments.ts'
import { withLake } from '../lake-of.ts'
import { printJson } from '../output/json.ts'
import { formatBytes, formatCount } from '../output/numbers.ts'
import { printTable } from '../output/table.ts'

interface Flags {
  readonly name?: string
  readonly retentionDays?: number
  readonly layout?: PartitionLayout
  readonly selectors?: string
  readonly protect?: boolean
  readonly json?: boolean
}

export function registerStores(program: Command): void {
  const stores = program
    .command('stores')
    .description('list, create, show, update and delete event data stores')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake stores
  $ traillake stores create org --retention-days 2557
  $ traillake stores create config --selectors config-items.json
  $ traillake stores show org`,
    )

  stores
    .command('list', { isDefault: true })
    .description('list the event data stores')
    .option('--json', 'print JSON')
    .action((flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const all = await lake.listEventDataStores()
        if (flags.json) return printJson(all)
        if (all.length === 0)
          return void process.stdout.write('no event data stores yet: traillake import SOURCE --store NAME makes one\n')
        printTable(
          ['name', 'id', 'schema', 'layout', 'retention'],
          all.map((store) => [
            store.name,
            store.id,
            store.schema,
            store.layout,
            store.retentionDays === undefined ? 'for ever' : `${store.retentionDays} days`,
          ]),
        )
      }),
    )

  describeOptions(
    stores
      .command('create')
      .description('make an event data store')
      .argument('<name>', '3 to 128 letters, digits, dots, dashes, underscores'),
  )
    .addOption(
      new Option('--layout <layout>', 'folders of the data files; fixed from now on').choices([
        'account-region-date',
        'date',
      ]),
    )
    .action((name: string, flags: Flags, command: Command) =>
      withLake(command, { create: true }, async (lake) => {
        const options: CreateEventDataStoreOptions = {
          name,
          ...settings(flags),
          ...(flags.layout ? { layout: flags.layout } : {}),
        }
        show(await lake.createEventDataStore(options), flags)
      }),
    )

  stores
    .command('show')
    .description('show an event data store: settings, size, time range')
    .argument('<store>', 'name, id or ARN')
    .option('--json', 'print JSON')
    .action((store: string, flags: Flags, command: Command) =>
      withLake(command, { readOnly: true }, async (lake) => {
        const description = await lake.describe(store)
        if (flags.json) return printJson(description)
        show(description, flags)
        printTable(
          ['', ''],
          [
            ['events', formatCount(description.events)],
            ['data files', `${formatCount(description.dataFiles)}, ${formatBytes(description.bytes)}`],
            [
              'event times',
              description.oldestEventTime
                ? `${description.oldestEventTime.toISOString()} to ${description.newestEventTime?.toISOString()}`
                : 'none',
            ],
            ['source files', formatCount(description.sourceFiles)],
            ['version', String(description.version)],
          ],
        )
      }),
    )

  describeOptions(
    stores
      .command('update')
      .description("change an event data store's settings")
      .argument('<store>', 'name, id or ARN'),
  )
    .option('--name <name>', 'a new name')
    .option('--no-protect', 'allow deletion again')
    .action((store: string, flags: Flags, command: Command) =>
      withLake(command, {}, async (lake) => {
        const changes: UpdateEventDataStoreOptions = { ...settings(flags), ...(flags.name ? { name: flags.name } : {}) }
        show(await lake.updateEventDataStore(store, changes), flags)
      }),
    )

  stores
    .command('delete')
    .description('delete an event data store and its data')
    .argument('<store>', 'name, id or ARN')
    .requiredOption('--yes', 'really')
    .action((store: string, _: Flags, command: Command) =>
      withLake(command, {}, async (lake) => {
        await lake.deleteEventDataStore(store)
        process.stdout.write(`deleted ${store}\n`)
      }),
    )
}

function describeOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--retention-days <days>', 'how long events are kept; default: for ever').argParser(wholeNumber(1)),
    )
    .option('--selectors <file>', 'JSON file with advanced event selectors, as AWS writes them')
    .option('--protect', 'refuse to delete the store')
    .option('--json', 'print JSON')
}

function settings(
  flags: Flags,
): Pick<CreateEventDataStoreOptions, 'retentionDays' | 'advancedEventSelectors' | 'terminationProtected'> {
  return {
    ...(flags.retentionDays ? { retentionDays: flags.retentionDays } : {}),
    ...(flags.selectors
      ? { advancedEventSelectors: readJson<AdvancedEventSelector[]>(flags.selectors, '--selectors') }
      : {}),
    ...(flags.protect === undefined ? {} : { terminationProtected: flags.protect }),
  }
}

function show(store: EventDataStore, flags: Flags): void {
  if (flags.json) {
    printJson(store)
    return
  }
  printTable(
    ['', ''],
    [
      ['name', store.name],
      ['id', store.id],
      ['ARN', store.arn],
      ['schema', store.schema],
      ['layout', store.layout],
      ['retention', store.retentionDays === undefined ? 'for ever' : `${store.retentionDays} days`],
      ['protected', store.terminationProtected ? 'yes' : 'no'],
      [
        'selectors',
        store.advancedEventSelectors
          .map((selector) => selector.Name ?? JSON.stringify(selector.FieldSelectors))
          .join('\n'),
      ],
    ],
  )
}
