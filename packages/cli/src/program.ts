import { createRequire } from 'node:module'
import { Command, Option } from 'commander'
import { byteCount } from './arguments.ts'
import { registerCache } from './commands/cache.ts'
import { registerCheck } from './commands/check.ts'
import { registerCompact } from './commands/compact.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerDemo } from './commands/demo.ts'
import { registerExplain } from './commands/explain.ts'
import { registerFmt } from './commands/fmt.ts'
import { registerImport } from './commands/import.ts'
import { registerImports } from './commands/imports.ts'
import { registerMigrate } from './commands/migrate.ts'
import { registerQuarantine } from './commands/quarantine.ts'
import { registerQueries } from './commands/queries.ts'
import { registerQuery } from './commands/query.ts'
import { registerSchema } from './commands/schema.ts'
import { registerServe } from './commands/serve.ts'
import { registerShell } from './commands/shell.ts'
import { registerStores } from './commands/stores.ts'
import { registerTranslate } from './commands/translate.ts'
import { registerUpgrade } from './commands/upgrade.ts'
import { registerVacuum } from './commands/vacuum.ts'
import { registerVerify } from './commands/verify.ts'
import { registerViews } from './commands/views.ts'
import { registerWatch } from './commands/watch.ts'
import { applyConfig } from './config.ts'
import { s3Options } from './s3-options.ts'

const EXAMPLES = `
Examples:
  $ traillake demo                                        sample trails, imported and queried
  $ traillake import ./AWSLogs --store org                read log files into ./lake
  $ traillake query "SELECT eventName, count(*) FROM org GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
  $ traillake query --file hunt.sql --format csv > hunt.csv
  $ traillake shell                                       query after query, with completion
  $ traillake check ./queries                             every .sql file, before it is run
  $ traillake serve --port 4580                           the same over HTTP

Options marked "env:" can come from the environment, all but required ones from traillake.config.json; a flag wins, then the environment.`

/** The whole command line. Commands import what is heavy only when they run, so that help is quick. */
export function createProgram(): Command {
  const { version } = createRequire(import.meta.url)('traillake/package.json') as { version: string }
  const program = new Command('traillake')
    .description("CloudTrail Lake's SQL over your own CloudTrail log files: every event is accounted for.")
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addOption(lakeOption())
    .option('--config <file>', 'settings file', 'traillake.config.json')
    .showHelpAfterError('(traillake --help shows how it is used)')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .enablePositionalOptions()
  for (const option of storageOptions()) program.addOption(option)
  for (const register of [
    registerImport,
    registerWatch,
    registerImports,
    registerMigrate,
    registerQuarantine,
    registerVerify,
    registerQuery,
    registerExplain,
    registerShell,
    registerQueries,
    registerViews,
    registerStores,
    registerSchema,
    registerTranslate,
    registerFmt,
    registerCheck,
    registerServe,
    registerCompact,
    registerVacuum,
    registerUpgrade,
    registerCache,
    registerDemo,
    registerCompletion,
  ])
    register(program)
  inheritSettings(program)
  program.hook('preAction', (_, command) => applyConfig(command))
  return program
}

/** How to reach a lake in S3, and what is kept of it here. */
function storageOptions(): readonly Option[] {
  return [
    ...s3Options('s3'),
    new Option('--cache <folder>', 'where what was fetched of a lake in S3 stays').env('TRAILLAKE_CACHE'),
    new Option('--cache-size <size>', 'how much of them, such as 20g; default 10 GB')
      .argParser(byteCount)
      .env('TRAILLAKE_CACHE_SIZE'),
    new Option('--offline', 'ask S3 nothing: answer from the cache, as the lake was when it was read last').env(
      'TRAILLAKE_OFFLINE',
    ),
    new Option('--temp-directory <folder>', 'where queries spill, and files lie on their way to and from S3').env(
      'TRAILLAKE_TEMP_DIRECTORY',
    ),
  ]
}

/** `--lake` may stand before or after the command's name. */
function lakeOption(): Option {
  return new Option('-l, --lake <folder>', 'the lake: a folder or s3://bucket/prefix')
    .env('TRAILLAKE_LAKE')
    .default('./lake')
}

function inheritSettings(command: Command): void {
  for (const sub of command.commands) {
    sub.copyInheritedSettings(command)
    if (!['translate', 'fmt', 'demo', 'completion', 'complete-words'].includes(sub.name()) && sub.commands.length === 0)
      for (const option of [lakeOption().default(undefined), ...storageOptions().map((one) => one.hideHelp())])
        sub.addOption(option)
    inheritSettings(sub)
  }
}
