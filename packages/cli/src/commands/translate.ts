import { type Command, Option } from 'commander'
import { readText } from '../arguments.ts'

interface Flags {
  readonly file?: string
  readonly target: 'duckdb' | 'trino'
  readonly trinoSchema: string
  readonly json?: boolean
}

export function registerTranslate(program: Command): void {
  program
    .command('translate')
    .description('print a Lake query in the SQL of DuckDB or Trino')
    .argument('[sql]', 'the query; - reads standard input')
    .option('-f, --file <file>', 'read the query from a file')
    .addOption(new Option('--target <engine>', 'whose SQL').choices(['duckdb', 'trino']).default('duckdb'))
    .option('--trino-schema <catalog.schema>', 'target trino: where the stores are registered, by id', 'delta.default')
    .option('--json', 'print SQL, columns, tables and bounds as JSON')
    .addHelpText(
      'after',
      `\nExamples:\n  $ traillake translate "SELECT element_at(requestParameters, 'bucketName') FROM 5e2676f8-9fce-46ef-8142-3e36a94e6691"
  $ traillake translate --target trino --trino-schema delta.audit "SELECT * FROM 5e2676f8-9fce-46ef-8142-3e36a94e6691 WHERE eventTime > '2024-05-01'"

In Trino's SQL now() is the time of the translation, and the session's time zone must be UTC.`,
    )
    .action(async (sql: string | undefined, flags: Flags) => {
      const { formatType, translate } = await import('@traillake/core/sql')
      const translation = translate(readText(sql, flags.file, 'a query'), {
        target: flags.target,
        trinoTable: (table) => [...flags.trinoSchema.split('.'), table.id],
      })
      if (!flags.json) return void process.stdout.write(`${translation.sql}\n`)
      const { columns, tables, macros, udfs } = translation
      const plain = (_: string, value: unknown) => (value instanceof Set ? [...value] : value)
      process.stdout.write(
        `${JSON.stringify({ sql: translation.sql, columns: columns.map(({ name, type }) => ({ name, type: formatType(type) })), tables: tables.map(({ table, view, bounds }) => ({ table: table.id, view, bounds })), macros, udfs }, plain, 2)}\n`,
      )
    })
}
