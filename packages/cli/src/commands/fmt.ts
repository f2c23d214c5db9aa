import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isTraillakeError, TraillakeError } from '@traillake/core/errors'
import { type Command, Option } from 'commander'
import { readText, wholeNumber } from '../arguments.ts'
import { EXIT } from '../exit-codes.ts'
import { errorColors as colors } from '../output/colors.ts'
import { problemsOf, problemText } from '../output/problems.ts'
import { readSqlFiles } from '../sql-files.ts'

interface Flags {
  readonly check?: boolean
  readonly width: number
}

export function registerFmt(program: Command): void {
  program
    .command('fmt')
    .description('lay out Lake queries in .sql files')
    .argument('<path...>', 'files, or folders with .sql files; - reads standard input and prints')
    .option('--check', 'change nothing; list what would change and end with 1')
    .addOption(
      new Option('--width <columns>', 'columns that a line should not pass').argParser(wholeNumber(20)).default(100),
    )
    .addHelpText(
      'after',
      `
Names, literals and comments stay as they are; only white space and the letter case of keywords change.
A file with an error is left alone, and the command ends with 1.

Examples:
  $ traillake fmt ./queries
  $ traillake fmt ./queries --check                       in a pipeline
  $ cat hunt.sql | traillake fmt -`,
    )
    .action(async (paths: readonly string[], flags: Flags) => {
      const { format } = await import('@traillake/core/sql')
      const formatted = (text: string) => format(text, { width: flags.width })
      if (paths.includes('-')) {
        if (paths.length > 1)
          throw new TraillakeError('INVALID_OPTION', { option: '-', reason: 'and other files exclude each other' })
        const text = readText('-', undefined, 'a query')
        const result = formatted(text)
        if (!flags.check) process.stdout.write(result)
        else if (result !== text) process.exitCode = EXIT.user
        return
      }
      for (const { path, text } of readSqlFiles(paths)) {
        try {
          const result = formatted(text)
          if (result === text) continue
          process.stdout.write(`${path}\n`)
          if (flags.check) process.exitCode = EXIT.user
          else replaceFile(path, result)
        } catch (error) {
          if (!isTraillakeError(error) || error.kind !== 'USER_ERROR') throw error
          for (const problem of problemsOf(path, error)) process.stderr.write(`${colors.red(problemText(problem))}\n`)
          process.exitCode = EXIT.user
        }
      }
    })
}

/** All of the new text or all of the old, whatever happens meanwhile; the file's rights stay. */
function replaceFile(path: string, text: string): void {
  const part = `${path}.${process.pid}.part`
  try {
    writeFileSync(part, text, { mode: statSync(path).mode })
    renameSync(part, path)
  } catch (cause) {
    rmSync(part, { force: true })
    throw new TraillakeError(
      'STORAGE_ERROR',
      { operation: 'write', key: path, reason: (cause as Error).message },
      { cause },
    )
  }
}
