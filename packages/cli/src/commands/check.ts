import { isTraillakeError } from '@traillake/core/errors'
import type { Catalog } from '@traillake/core/sql'
import { type Command, Option } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { isLakeNamed, withLake } from '../lake-of.ts'
import { type Problem, problemsOf, problemText } from '../output/problems.ts'
import { sarifOf } from '../output/sarif.ts'
import { readSqlFiles } from '../sql-files.ts'

type FormatName = 'text' | 'json' | 'sarif'

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('find what is wrong with Lake queries in .sql files, without running them')
    .argument('<path...>', 'files, or folders with .sql files')
    .addOption(
      new Option('-F, --format <format>', 'how problems are printed')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .addHelpText(
      'after',
      `
Syntax, names, types, aggregation and what is not supported are checked, with place, code and hint, as a query would be.
With --lake (or TRAILLAKE_LAKE, or "lake" in the settings) tables are those of that lake; without, every name is taken for
an event data store of CloudTrail events. Ends with 1 when something is wrong.

Examples:
  $ traillake check ./queries
  $ traillake check ./queries --lake ./lake --format json | jq '.problems[].code'
  $ traillake check ./queries --format sarif > problems.sarif`,
    )
    .action(async (paths: readonly string[], flags: { format: FormatName }, command: Command) => {
      const { translate } = await import('@traillake/core/sql')
      const files = readSqlFiles(paths)
      const catalog = await catalogOf(command)
      const problems = files.flatMap(({ path, text }): readonly Problem[] => {
        try {
          translate(text, { catalog })
          return []
        } catch (error) {
          if (!isTraillakeError(error) || error.kind !== 'USER_ERROR') throw error
          return problemsOf(path, error)
        }
      })
      process.stdout.write(print(flags.format, files.length, problems, versionOf(command)))
      if (problems.length > 0) process.exitCode = EXIT.user
    })
}

function print(format: FormatName, files: number, problems: readonly Problem[], version: string): string {
  if (format === 'sarif') return `${JSON.stringify(sarifOf(problems, version), null, 2)}\n`
  if (format === 'json') {
    const plain = problems.map(({ error: _, ...problem }) => problem)
    return `${JSON.stringify({ files, problems: plain }, null, 2)}\n`
  }
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  const summary = `${plural(files, 'file')} checked, ${problems.length === 0 ? 'nothing wrong' : plural(problems.length, 'problem')}`
  return `${[...problems.map((problem) => `${problemText(problem)}\n`), summary].join('\n')}\n`
}

/** Placeholders stand for stores that a lake need not have yet. */
async function catalogOf(command: Command): Promise<Catalog> {
  const { defaultCatalog, layoutTable } = await import('@traillake/core/sql')
  const byId = defaultCatalog()
  if (isLakeNamed(command)) {
    const ofLake = await withLake(command, { readOnly: true }, (lake) => lake.catalog())
    return {
      table: (parts) => (parts[0]?.startsWith('$') ? byId.table(parts) : ofLake.table(parts)),
      tableNames: () => ofLake.tableNames(),
    }
  }
  return {
    table: (parts) => byId.table(parts) ?? (parts.length === 1 ? layoutTable(parts[0]!, 'events') : undefined),
    tableNames: () => [],
  }
}

function versionOf(command: Command): string {
  let root = command
  while (root.parent) root = root.parent
  return root.version() ?? ''
}
