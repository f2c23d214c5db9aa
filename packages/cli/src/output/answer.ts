import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Isolation, Lake, QueryOptions } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'
import { type Command, Option } from 'commander'
import { type FormatName, formats, writeResult } from './write-result.ts'

/** Flags of commands that answer a query. */
export interface AnswerFlags {
  readonly format?: FormatName | 'parquet'
  readonly output?: string
  readonly stats?: boolean
  readonly isolation?: Isolation
}

export function addAnswerFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-F, --format <format>',
        "default: by the output file's name, table on a terminal, else ndjson",
      ).choices([...formats, 'parquet']),
    )
    .option('-o, --output <file>', 'write the answer to a file, which appears when it is whole; parquet needs one')
    .option('--stats', 'print what was read and how long it took, on standard error')
    .addOption(isolationOption())
}

/** Where queries run. */
export function isolationOption(): Option {
  return new Option(
    '--isolation <where>',
    'process: run queries in engine processes, so that one that fails fails alone',
  )
    .choices(['none', 'process'])
    .env('TRAILLAKE_ISOLATION')
}

export const isolationOf = ({ isolation }: { readonly isolation?: Isolation }) => (isolation ? { isolation } : {})

/** Answers a query on standard output, or in a file. */
export async function answerQuery(lake: Lake, sql: string, flags: AnswerFlags, options: QueryOptions): Promise<void> {
  const { output } = flags
  const format = flags.format ?? defaultFormat(output)
  const stats = (statistics: object) => {
    if (flags.stats) process.stderr.write(`${JSON.stringify(statistics)}\n`)
  }
  if (format === 'parquet') {
    const refuse = (option: string, reason: string) => new TraillakeError('INVALID_OPTION', { option, reason })
    if (output === undefined) throw refuse('--format', 'parquet needs a file: --output FILE')
    const { remember, ...rest } = options
    if (remember) throw refuse('--remember', 'cannot be together with parquet, whose rows are never seen')
    stats((await lake.writeParquet(output, sql, rest)).statistics)
    return
  }
  const result = await lake.query(sql, { ...options, rowMode: 'array' })
  try {
    if (output === undefined) await writeResult(result, format, process.stdout)
    else await writeFile(output, (file) => writeResult(result, format, file))
    stats(result.statistics)
  } finally {
    await result.close()
  }
}

const EXTENSIONS: Readonly<Record<string, FormatName | 'parquet'>> = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.json': 'json',
  '.arrow': 'arrow',
  '.txt': 'table',
}

function defaultFormat(output: string | undefined): FormatName | 'parquet' {
  if (output !== undefined) return EXTENSIONS[extname(output).toLowerCase()] ?? 'ndjson'
  return process.stdout.isTTY ? 'table' : 'ndjson'
}

/** Written beside its place and moved there in the end. */
async function writeFile(path: string, write: (file: NodeJS.WritableStream) => Promise<void>): Promise<void> {
  const unfinished = `${path}.${process.pid}.unfinished`
  const file = createWriteStream(unfinished, { flags: 'wx' })
  // Told by whatever waits for the file.
  const failed = once(file, 'error').then(([error]) => {
    throw error
  })
  try {
    await Promise.race([
      failed,
      (async () => {
        await write(file)
        file.end()
        await once(file, 'finish')
      })(),
    ])
    await rename(unfinished, path)
  } catch (error) {
    file.destroy()
    await rm(unfinished, { force: true })
    if (error instanceof TraillakeError) throw error
    throw new TraillakeError(
      'STORAGE_ERROR',
      { operation: 'write', key: path, reason: (error as Error).message },
      { cause: error },
    )
  }
}
