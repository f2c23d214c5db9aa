import type { Lake } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'
import type { Command } from 'commander'
import { listOf } from '../arguments.ts'
import { EXIT } from '../exit-codes.ts'
import { withLake, withLakeOrNone } from '../lake-of.ts'
import { type Carried, carryOver } from '../migrate/carry-over.ts'
import { type Account, readAccount } from '../migrate/read-account.ts'
import { printJson } from '../output/json.ts'
import { printTable } from '../output/table.ts'

interface Flags {
  readonly regions?: readonly string[]
  readonly profile?: string
  readonly endpoint?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('make the event data stores of an AWS account here: names, ids, selectors, retention, tags, policies')
    .option('--regions <list>', 'us-east-1,eu-west-1; default: the one of your AWS settings', listOf)
    .option('--profile <name>', 'profile of the shared AWS files: keys or a role')
    .option('--endpoint <url>', "a server that speaks CloudTrail's protocol and is not Amazon's")
    .option('-n, --dry-run', 'say what would be made, write nothing')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ traillake migrate --regions us-east-1,eu-west-1 --dry-run
  $ traillake migrate --profile audit

Stores keep their ids, and queries may name them by the ARNs they had. A lake that is made by this is of the account and region that
is migrated. Events are not carried over: import them (docs/migrate-from-lake.md). Doing it again makes what is missing. Exit code 3
means: finished, but something was left out.`,
    )
    .action(async ({ regions, profile, endpoint, dryRun = false, json }: Flags, command: Command) => {
      const accounts: Account[] = []
      for (const region of new Set(regions ?? [undefined])) {
        const place = {
          ...(region ? { region } : {}),
          ...(profile ? { profile } : {}),
          ...(endpoint ? { endpoint } : {}),
        }
        accounts.push(await readAccount(place))
      }
      const carry = (lake: Lake) => carryOver(lake, accounts, dryRun)
      const carried = dryRun
        ? await withLakeOrNone(command, carry)
        : await withLake(command, { create: true, ...originOf(accounts) }, carry)
      const notes = accounts.flatMap((account) => account.notes)
      if (json) printJson({ dryRun, carried, notes })
      else print(carried, notes, dryRun)
      process.exitCode = carried.some((one) => one.outcome === 'left out') ? EXIT.incomplete : EXIT.ok
    })
}

/** The account and region of the first store: ARNs of a lake that is made for it are then what they were. */
function originOf(accounts: readonly Account[]): { accountId?: string; region?: string } {
  const arns = accounts.flatMap(({ stores }) => stores.map((store) => store.arn))
  if (arns.length === 0) {
    const place = accounts.map((account) => account.region).join(', ')
    const reason = `names regions without event data stores: ${place}`
    throw new TraillakeError(
      'INVALID_OPTION',
      { option: '--regions', reason },
      { hint: 'name the regions that have some' },
    )
  }
  const [, , , region, accountId] = arns[0]!.split(':')
  return { ...(accountId ? { accountId } : {}), ...(region ? { region } : {}) }
}

function print(carried: readonly Carried[], notes: readonly string[], dryRun: boolean): void {
  const done = { created: dryRun ? 'would be made' : 'made', exists: 'there already', 'left out': 'left out' }
  printTable(
    ['what', 'name', 'region', 'retention', ''],
    carried.map(({ kind, name, region, retentionDays, outcome }) => [
      kind === 'store' ? 'event data store' : 'query',
      name,
      region,
      retentionDays === undefined ? '' : `${retentionDays} days`,
      done[outcome],
    ]),
  )
  const lines = [...carried.flatMap((one) => one.notes.map((note) => `${one.name}: ${note}`)), ...notes]
  if (lines.length > 0)
    process.stdout.write(`\nnot carried over, or otherwise here:\n${lines.map((line) => `- ${line}\n`).join('')}`)
  process.stdout.write(
    '\nevents, and saved queries of the console, which no API gives, are not carried over: docs/migrate-from-lake.md\n',
  )
}
