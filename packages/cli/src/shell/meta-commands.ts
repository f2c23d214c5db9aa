import type { Lake } from '@traillake/core'
import { TraillakeError } from '@traillake/core/errors'
import { formatBytes, formatCount } from '../output/numbers.ts'
import { drawTable } from '../output/table.ts'
import { type FormatName, formats } from '../output/write-result.ts'

/** What the commands of a shell change. */
export interface ShellSettings {
  format: FormatName
  timing: boolean
}

export const META_HELP = `
  \\d                 the stores, the views, and the tables of traillake and information_schema
  \\d NAME            the columns of a store or table, or the query of a view
  \\explain SQL       what a query would read, and why
  \\format FORMAT     how answers are printed: ${formats.join(', ')}
  \\timing            time and files of every answer, on or off
  \\saved             the queries that have a name
  \\run NAME          answer one of them
  \\q                 leave (also Ctrl-D)

A query ends with a semicolon and may have several lines. Tab completes, Ctrl-C stops a query or drops what was typed.
`

/** What a command wants done: a text printed, a query run, or the end. */
export type MetaOutcome = { readonly print: string } | { readonly run: string } | 'quit'

/** Carries out a line that starts with a backslash. Errors: INVALID_OPTION for one that there is not, and those of the lake. */
export async function runMetaCommand(line: string, lake: Lake, settings: ShellSettings): Promise<MetaOutcome> {
  const [, name = '', rest = ''] = /^\\(\S*)\s*([\s\S]*?)\s*;?\s*$/.exec(line.trim()) ?? []
  switch (name) {
    case 'q':
    case 'quit':
      return 'quit'
    case '?':
    case 'h':
    case 'help':
      return { print: META_HELP }
    case 'd':
      return { print: rest === '' ? await listTables(lake) : await describeTable(lake, rest) }
    case 'timing':
      settings.timing = rest === '' ? !settings.timing : rest === 'on'
      return { print: `timing is ${settings.timing ? 'on' : 'off'}` }
    case 'format': {
      const format = formats.find((known) => known === rest)
      if (!format)
        throw new TraillakeError('INVALID_OPTION', { option: '\\format', reason: `must be ${formats.join(', ')}` })
      settings.format = format
      return { print: `answers are printed as ${format}` }
    }
    case 'saved': {
      const all = await lake.savedQueries.list()
      return { print: all.map(({ name: saved, sql }) => `${saved}: ${sql}`).join('\n') || 'no query has a name yet' }
    }
    case 'run':
      return { run: (await lake.savedQueries.get(rest)).sql }
    case 'explain': {
      const { drawExplanation } = await import('../commands/explain.ts')
      return { print: drawExplanation(await lake.explain(rest)).trimEnd() }
    }
    default:
      throw new TraillakeError(
        'INVALID_OPTION',
        { option: `\\${name}`, reason: 'is unknown' },
        { hint: '\\? lists them' },
      )
  }
}

async function listTables(lake: Lake): Promise<string> {
  const stores = await Promise.all((await lake.listEventDataStores()).map(({ id }) => lake.describe(id)))
  const rows = stores.map((store) => [
    store.name,
    store.schema,
    formatCount(store.events),
    formatBytes(store.bytes),
    store.oldestEventTime ? `${day(store.oldestEventTime)} to ${day(store.newestEventTime)}` : '',
  ])
  const others = (await lake.catalog()).tableNames().filter((name) => /^(?:traillake|information_schema)\./.test(name))
  const table = rows.length > 0 ? `${drawTable(['store', 'schema', 'events', 'size', 'days'], rows)}\n` : ''
  const views = (await lake.views.list()).map((view) => view.name)
  return `${table}${views.length > 0 ? `views: ${views.join(', ')}\n` : ''}${others.join(', ')}`
}

const day = (time: Date | undefined) => time?.toISOString().slice(0, 10) ?? ''

async function describeTable(lake: Lake, name: string): Promise<string> {
  const { formatType } = await import('@traillake/core/sql')
  const catalog = await lake.catalog()
  const bare = name.replaceAll('"', '')
  const table = catalog.table([bare]) ?? catalog.table(bare.split('.'))
  const view = table ? undefined : catalog.view?.(bare)
  if (view) return `view ${view.name}:\n${view.sql}`
  if (!table) {
    const hint = '\\d lists what there is'
    throw new TraillakeError('EVENT_DATA_STORE_NOT_FOUND', { store: name }, { hint })
  }
  const rows = table.columns.map((column) => [
    column.name,
    formatType(column.type),
    column.hidden ? 'hidden: not part of *' : '',
  ])
  return drawTable(['column', 'type', ''], rows)
}
