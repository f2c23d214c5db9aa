import { type Command, Option } from 'commander'
import { readText } from '../arguments.ts'

export function registerTranslate(program: Command): void {
  program
    .command('translate')
    .description("print a Lake query in DuckDB's SQL")
    .argument('[sql]', 'the query; - reads standard input')
    .option('-f, --file <file>', 'read the query from a file')
    .addOption(new Option('--target <engine>', 'whose SQL').choices(['duckdb']).default('duckdb'))
    .option('--json', 'print SQL, columns, tables and bounds as JSON')
    .addHelpText(
      'after',
      `\nExamples:\n  $ traillake translate "SELECT element_at(requestParameters, 'bucketName') FROM 5e2676f8-9fce-46ef-8142-3e36a94e6691"`,
    )
    .action(async (sql: string | undefined, flags: { file?: string; target: 'duckdb'; json?: boolean }) => {
      const { formatType, translate } = await import('@traillake/core/sql')
      const translation = translate(readText(sql, flags.file, 'a query'), { target: flags.target })
      if (!flags.json) return void process.stdout.write(`${translation.sql}\n`)
      const { columns, tables, macros, udfs } = translation
      const plain = (_: string, value: unknown) => (value instanceof Set ? [...value] : value)
      process.stdout.write(
        `${JSON.stringify({ sql: translation.sql, columns: columns.map(({ name, type }) => ({ name, type: formatType(type) })), tables: tables.map(({ table, view, bounds }) => ({ table: table.id, view, bounds })), macros, udfs }, plain, 2)}\n`,
      )
    })
}
